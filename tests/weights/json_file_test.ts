import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import {
  isJsonObject,
  parseJsonBytes,
  readJsonFile,
  unreadable,
} from "../../src/weights/json_file.ts";

const limits = { mostBytes: 100, duplicateKeys: "refused" } as const;

const wrong: [what: string, content: string, message: RegExp][] = [
  ["more bytes than allowed", " ".repeat(101), /at most 100 bytes: received 101$/],
  ["nothing", "", /is not JSON: received ""$/],
  ["half an object", '{"a": ', /is not JSON: received/],
  ["a byte order mark", "\ufeff{}", /is not JSON/],
  ["a key twice", '{"a": 1, "a": 2}', /has a key twice: received "a"$/],
];

for (const [what, content, message] of wrong) {
  Deno.test(`a JSON file with ${what} is refused by name`, async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "config.json");
    await Deno.writeFile(path, new TextEncoder().encode(content));
    await assert.rejects(readJsonFile(path, limits), (error: unknown) => {
      assert.ok(error instanceof AbacusError);
      assert.equal(error.kind, "bad_model");
      assert.ok(error.message.includes(path));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a missing file, a directory and an endless device are refused", async () => {
  await using directory = await temporaryDirectory();
  const missing = join(directory.path, "config.json");
  const device = join(directory.path, "zero.json");
  await Deno.symlink("/dev/zero", device);
  const expected = (message: RegExp) => ({ kind: "bad_model", message });
  await assert.rejects(
    readJsonFile(missing, limits),
    expected(/there is no such file: received .*config\.json$/),
  );
  await assert.rejects(readJsonFile(directory.path, limits), expected(/is not a file/));
  await assert.rejects(readJsonFile(device, limits), expected(/is not a file/));
});

Deno.test("bytes that are no UTF-8 are refused", () => {
  const bytes = new Uint8Array([0x22, 0xff, 0x22]);
  assert.throws(() => parseJsonBytes(bytes, { what: "x.json", duplicateKeys: "refused" }), {
    kind: "bad_model",
    message: "Cannot read x.json as it is not UTF-8: received 3 bytes",
  });
});

Deno.test("a key twice passes where other readers of the file let it pass", () => {
  const bytes = new TextEncoder().encode('{"a": 1, "a": 2}');
  assert.deepEqual(parseJsonBytes(bytes, { what: "x", duplicateKeys: "ignored" }), { a: 2 });
});

Deno.test("an error that is not the file system's stays as it is", () => {
  const cause = new TypeError("a bug");
  assert.equal(unreadable(cause, { what: "x", path: "/x" }), cause);
});

Deno.test("null and lists are not objects", () => {
  assert.deepEqual([{}, null, [], "a"].map(isJsonObject), [true, false, false, false]);
});
