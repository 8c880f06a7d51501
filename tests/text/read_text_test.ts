import assert from "node:assert/strict";
import { join } from "node:path";
import { readText } from "../../src/text/read_text.ts";

Deno.test("a file is read as a whole, and one that is not there is no error", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "a.txt");
    assert.equal(await readText(path, 4), undefined);
    await Deno.writeTextFile(path, "é\r\n");
    assert.equal(await readText(path, 4), "é\r\n");
    await assert.rejects(readText(path, 3), {
      kind: "bad_model",
      message: /at most 3 bytes: received 4$/,
    });
    await Deno.writeFile(path, Uint8Array.of(0xff));
    await assert.rejects(readText(path, 4), { kind: "bad_model", message: /a\.txt as text/ });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
