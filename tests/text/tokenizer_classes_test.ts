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
  const named = (name: string) => ({ cls_token: "<c>", bos_token: "<b>" })[name] ?? "None";
  const ids: Record<string, number> = { "<c>": 7, "<b>": 8 };
  const input = { named, idOf: (token: string) => ids[token] } as const;
  const frameOf = (name: string) => {
    const { frame } = tokenizerClasses[name]!;
    return JSON.stringify(frame?.({ ...input, others: undefined as never }));
  };
  assert.match(frameOf("BertTokenizer"), /"<c>","ids":\[7\].*"None","ids":\[3\]/);
  assert.match(frameOf("XLMRobertaTokenizer"), /"<b>","ids":\[8\]/);
  const asked = new Arguments(new Map([["add_bos_token", true], ["add_eos_token", true]]), ".");
  const framed = frameByBosAndEos({ ...input, others: asked });
  assert.deepEqual(framed["special_tokens"], { "<b>": { id: "<b>", ids: [8], tokens: ["<b>"] } });
});
