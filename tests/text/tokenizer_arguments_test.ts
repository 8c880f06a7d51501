import assert from "node:assert/strict";
import { z } from "zod";
import { Arguments, mergeArguments } from "../../src/text/tokenizer_arguments.ts";
import { onlyTokenizerJson } from "../../src/text/tokenizer_files.ts";

// The order in which files win is tested against transformers in tokenizer_definition_test.ts.

const values = new Map<string, unknown>([["on", true], ["nothing", null], ["text", "yes"]]);
const others = new Arguments(values, "here");

Deno.test("a switch is true, false or missing, and null only where the class takes it", () => {
  assert.equal(others.flag("on", false), true);
  assert.equal(others.flag("missing", true), true);
  assert.equal(others.flag("nothing", false, true), true);
  for (const [name, received] of [["nothing", "null"], ["text", '"yes"']] as const) {
    assert.throws(() => others.flag(name, false), {
      kind: "bad_model",
      message: `Cannot load the tokenizer of here as '${name}' of tokenizer_config.json must be ` +
        `true or false: received ${received}`,
    });
  }
});

Deno.test("another value has the form that its schema says", () => {
  assert.equal(others.read("text", z.string()), "yes");
  assert.equal(others.read("nothing", z.string()), undefined);
  assert.throws(() => others.read("on", z.string()), { message: /'on' of .* of another form/ });
});

Deno.test("a field that cannot be read as tokens is named with its file", () => {
  const table: [config: Record<string, unknown>, map: Record<string, unknown>, message: RegExp][] =
    [
      [{ bos_token: 5 }, {}, /'bos_token' of tokenizer_config.json must be a token: received 5/],
      [{ added_tokens_decoder: { x: {} } }, {}, /'added_tokens_decoder' .* tokens by their ids/],
      [
        { model_specific_special_tokens: "x" },
        {},
        /'model_specific_special_tokens' .* their names/,
      ],
      [{ extra_special_tokens: { x: 5 } }, {}, /'x' of tokenizer_config.json must be a token/],
      [
        {},
        { bos_token: { lstrip: true } },
        /'bos_token' of special_tokens_map.json must be a token/,
      ],
      [{}, { chat_template: "x" }, /'chat_template' of special_tokens_map.json asks for/],
    ];
  for (const [config, specialTokensMap, message] of table) {
    const files = { ...onlyTokenizerJson("{}"), config, specialTokensMap };
    assert.throws(() => mergeArguments(files, new Map()), { kind: "bad_model", message });
  }
});
