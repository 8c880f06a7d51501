import assert from "node:assert/strict";
import { tokenizerClasses } from "../../src/text/tokenizer_classes.ts";
import { Arguments } from "../../src/text/tokenizer_arguments.ts";
import { frameByBosAndEos } from "../../src/text/tokenizer_frames.ts";
import { readFileCases } from "./tokenizer_golden.ts";

// What each builds is tested against transformers in tokenizer_definition_test.ts.

Deno.test("every class is one of transformers and has a case", () => {
  const { classes, cases } = readFileCases();
  const built = new Set(cases.map(({ answers }) => "class" in answers ? answers.class : ""));
  for (const name of Object.keys(tokenizerClasses)) {
    assert.ok(classes.includes(name), name);
    assert.ok(built.has(name), name);
  }
});

Deno.test("a frame takes ids from the tokenizer, and its own where a token has no name", () => {
  const frameOf = (name: string, tokens: Record<string, [text: string, id: number]>) => {
    const { frame } = tokenizerClasses[name]!;
    const named = (name: string) => tokens[name]?.[0] ?? "None";
    const idOf = (name: string) => tokens[name]?.[1];
    return JSON.stringify(frame?.({ named, idOf, others: undefined as never }));
  };
  const bert = frameOf("BertTokenizer", { cls_token: ["<c>", 7] });
  assert.match(bert, /"<c>","ids":\[7\].*"None","ids":\[3\]/);
  assert.throws(() => frameOf("XLMRobertaTokenizer", { bos_token: ["<b>", 8] }), {
    kind: "bad_model",
    message: /'eos_token', which stands around every text, must be one that .*: received none$/,
  });
  assert.throws(() => frameOf("BertTokenizer", { cls_token: ["a b", 8] }), {
    message: /'cls_token', .* must be without spaces, colons .*: received a b$/,
  });
  const asked = new Arguments(new Map([["add_bos_token", true], ["add_eos_token", true]]), ".");
  const named = () => "<b>";
  const idOf = (name: string) => name === "bos_token" ? 8 : undefined;
  const framed = frameByBosAndEos({ named, idOf, others: asked });
  assert.deepEqual(framed["special_tokens"], { "<b>": { id: "<b>", ids: [8], tokens: ["<b>"] } });
});
