import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkFields, tokenizerFields } from "../../src/text/tokenizer_fields.ts";
import { onlyTokenizerJson } from "../../src/text/tokenizer_files.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../docs/tokenizer-files.md", import.meta.url)),
  "utf-8",
);

/** The section of the page that tells fields of each effect. */
const sections = {
  kept: "Fields that count",
  idle: "Fields that change nothing",
  refused: "Fields that stop a model",
} as const;

Deno.test("the page tells every field under the heading of its effect", () => {
  for (const [field, effect] of Object.entries(tokenizerFields)) {
    const [, section = ""] = page.split(`## ${sections[effect]}\n`);
    assert.ok(section.split("\n## ")[0]!.includes(`\`${field}\``), field);
  }
});

Deno.test("a refused field stops the model where it says anything", () => {
  const table: [config: Record<string, unknown>, isRefused: boolean][] = [
    [{ auto_map: { AutoTokenizer: ["own.Tokenizer", null] } }, true],
    [{ auto_map: ["own.Tokenizer", null] }, true],
    [{ auto_map: { AutoTokenizer: null, AutoProcessor: "own.Processor" } }, false],
    [{ init_inputs: ["x"] }, true],
    [{ init_inputs: [] }, false],
    [{ post_processor: {} }, true],
    [{ post_processor: null }, false],
    [{ padding_side: "left", anything: {} }, false],
  ];
  for (const [config, isRefused] of table) {
    const check = () => checkFields({ ...onlyTokenizerJson("{}"), config });
    if (isRefused) {
      assert.throws(check, { kind: "bad_model", message: /_config\.json asks for code/ });
    } else check();
  }
});
