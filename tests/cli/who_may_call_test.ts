import assert from "node:assert/strict";
import { certificateOf, keysOf } from "../../src/cli/who_may_call.ts";

const terminal = { interactive: false, print: () => {}, note: () => {} };

Deno.test("without a key anybody may call, and one key is one", async () => {
  const none = { apiKey: undefined, apiKeyFile: undefined };
  assert.equal(await keysOf({ settings: none, terminal }), undefined);
  const one = await keysOf({ settings: { ...none, apiKey: "sk-1" }, terminal });
  assert.deepEqual(["sk-1", "sk-2"].map((key) => one?.nameOf(key)), ["default", undefined]);
});

Deno.test("keys of a file are read again when the parent hangs up, and kept where the file is wrong", async () => {
  const path = await Deno.makeTempFile();
  const notes: string[] = [];
  let hangUp = () => {};
  const parent = {
    onHangUp: (listener: () => void) => void (hangUp = listener),
    inputEnd: () => undefined,
  };
  try {
    await Deno.writeTextFile(path, "a sk-1");
    const settings = { apiKey: undefined, apiKeyFile: path };
    const noting = { ...terminal, note: (line: string) => void notes.push(line) };
    const keys = await keysOf({ settings, terminal: noting, parent });
    await Deno.writeTextFile(path, "a sk-2");
    await hangUp();
    assert.deepEqual(["sk-1", "sk-2"].map((key) => keys?.nameOf(key)), [undefined, "a"]);
    await Deno.writeTextFile(path, "sk-3");
    await hangUp();
    assert.equal(keys?.nameOf("sk-2"), "a");
    assert.match(
      notes.join("\n"),
      /^abacus: read 1 keys again.*\nabacus: kept the old 1 keys: .*line 1$/,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("two ways to name keys at once, and half a certificate, are wrong usage", async () => {
  const both = { apiKey: "sk-1", apiKeyFile: "keys" };
  await assert.rejects(keysOf({ settings: both, terminal }), {
    kind: "bad_usage",
    message:
      "Cannot use the keys as --api-key and --api-key-file exclude each other: received keys",
  });
  assert.equal(await certificateOf({ tlsCert: undefined, tlsKey: undefined }), undefined);
  for (const half of [{ tlsCert: "c", tlsKey: undefined }, { tlsCert: undefined, tlsKey: "k" }]) {
    await assert.rejects(certificateOf(half), { kind: "bad_usage", message: /need each other/ });
  }
});
