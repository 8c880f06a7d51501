import assert from "node:assert/strict";
import { join } from "node:path";
import { readConfig } from "../../src/model/config_file.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const wrong: [what: string, content: string | undefined, message: RegExp][] = [
  ["that is missing", undefined, /there is no such file: received .*config\.json$/],
  ["that is empty", "", /config\.json as it is not JSON/],
  ["that is broken", '{"architectures": [', /config\.json as it is not JSON/],
  ["that holds a list", "[1]", /config\.json as it is not a JSON object: received a list$/],
  ["that holds null", "null", /not a JSON object: received null$/],
  ["that holds a text", '"llama"', /not a JSON object: received llama$/],
  ["that is huge", " ".repeat(16_000_001), /may have at most 16000000 bytes: received 16000001$/],
];

for (const [what, content, message] of wrong) {
  Deno.test(`a config.json ${what} is refused by name`, async () => {
    await using directory = await temporaryDirectory();
    if (content !== undefined) {
      await Deno.writeTextFile(join(directory.path, "config.json"), content);
    }
    await assert.rejects(readConfig(directory.path), { kind: "bad_model", message });
  });
}

Deno.test("config.json is given as it stands, a repeated key with its last value", async () => {
  await using directory = await temporaryDirectory();
  const text = '{"model_type": "llama", "model_type": "gpt2", "extra": {"a": [1]}}';
  await Deno.writeTextFile(join(directory.path, "config.json"), text);
  assert.deepEqual(await readConfig(directory.path), { model_type: "gpt2", extra: { a: [1] } });
});
