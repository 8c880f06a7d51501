import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseClass } from "../../src/text/tokenizer_class.ts";
import { tokenizerClasses } from "../../src/text/tokenizer_classes.ts";
import { onlyTokenizerJson, readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { readFileCases, withCase } from "./tokenizer_golden.ts";

const golden = readFileCases();

function choose(config: Record<string, unknown>, model: Record<string, string> = {}): string {
  return chooseClass({ ...onlyTokenizerJson("{}"), config, model }).name;
}

Deno.test("the class is the one that AutoTokenizer chooses", async () => {
  const misfits = [
    "CohereTokenizer",
    "Llama of a vocabulary",
    "BertTokenizer of a byte-level vocabulary alone",
    "GPT2Tokenizer of words",
  ];
  const built = golden.cases.filter(({ answers, name }) =>
    "class" in answers && !misfits.includes(name)
  );
  assert.ok(built.length > 100);
  for (const one of built) {
    if (!("class" in one.answers)) continue;
    const { answers } = one;
    await withCase(one, async (directory) => {
      assert.equal(chooseClass(await readTokenizerFiles(directory)).name, answers.class, one.name);
    });
  }
});

Deno.test("a family without a class in its files has the one that transformers registers", () => {
  for (const [model_type, name] of Object.entries(golden.registered)) {
    const chosen = () => choose({}, { model_type });
    if (name === null || name === "TokenizersBackend" || name in tokenizerClasses) {
      assert.equal(chosen(), name ?? "TokenizersBackend", model_type);
    } else assert.throws(chosen, { kind: "bad_model", message: new RegExp(`received '${name}'$`) });
  }
});

Deno.test("every family of the golden models is asked for its class", () => {
  const folder = fileURLToPath(new URL("../golden/models", import.meta.url));
  for (const { name } of Deno.readDirSync(folder)) {
    const { model_type } = JSON.parse(readFileSync(join(folder, name, "config.json"), "utf-8"));
    assert.ok(model_type in golden.registered, `${name}: add ${model_type} to MODEL_TYPES`);
  }
});

Deno.test("a class that transformers builds anew is built here or refused, under both its names", () => {
  assert.ok(golden.classes.length > 100);
  for (const tokenizer_class of golden.classes) {
    for (const name of [tokenizer_class, `${tokenizer_class}Fast`]) {
      if (tokenizer_class in tokenizerClasses) {
        assert.equal(choose({ tokenizer_class: name }), tokenizer_class);
      } else {
        assert.throws(() => choose({ tokenizer_class: name }), {
          kind: "bad_model",
          message: /'tokenizer_class' names in a way of its own/,
        });
      }
    }
  }
});

Deno.test("config.json names the class where tokenizer_config.json does not", () => {
  assert.equal(choose({}, { tokenizer_class: "GPT2TokenizerFast" }), "GPT2Tokenizer");
  const model = { tokenizer_class: "GPT2Tokenizer", model_type: "bert" };
  assert.equal(choose({ tokenizer_class: "PreTrainedTokenizerFast" }, model), "TokenizersBackend");
});
