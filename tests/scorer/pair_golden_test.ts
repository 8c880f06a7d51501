/** Prompt and completion as two texts or as one, whatever the family's default is, held to transformers. */

import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import {
  assertClose,
  goldenDirectory,
  type GoldenText,
  readGolden,
} from "../support/golden_model.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

const tolerance = 1e-4;

async function expectTexts(name: string, pair: boolean | undefined, texts: readonly GoldenText[]) {
  await using model = await loadModel(goldenDirectory(name), { device: "cpu", threads: 1, pair });
  const scorer = createScorer(model, new Batcher(model.engine));
  assert.ok(texts.length > 0);
  for (const { prompt, completion, score, offsets, credit, response_mass } of texts) {
    const items = [{ prompt, completions: [completion] }];
    const [found] = completionsIn(await scoreNative(scorer, { items }));
    assert.deepEqual(found!.offsets, offsets);
    const [actual, expected] = [[found!.score, found!.response_mass!], [score, response_mass]];
    assertClose(actual, expected, { tolerance, what: "score and mass" });
    assertClose(decodeFloats(found!.credit!), credit, { tolerance, what: "credit" });
  }
}

Deno.test("a decoder reads one text, and with --pair the two that its tokenizer joins", async () => {
  const { texts, pairs } = await readGolden("llama-pairs");
  for (const one of [undefined, false]) await expectTexts("llama-pairs", one, texts!);
  await expectTexts("llama-pairs", true, pairs!);
});

/** Every kind of frame of a pair; the others have one of these. */
const encoders = ["bert", "roberta"];
const seldom = ["deberta-v3", "xlm-roberta", "distilbert", "electra", "albert", "modernbert"];

for (const name of [...encoders, ...seldom]) {
  testWhere({
    name: `${name} reads a pair, and with --no-pair one text`,
    missing: encoders.includes(name) ? undefined : slow,
    async fn() {
      const { texts, pairs } = await readGolden(name);
      await expectTexts(name, true, pairs!);
      await expectTexts(name, false, texts!);
    },
  });
}

Deno.test("a pair given as ids gets no types from a decoder, and a model says how it reads", async () => {
  const options = { device: "cpu", threads: 1, pair: true } as const;
  await using model = await loadModel(goldenDirectory("llama-pairs"), options);
  assert.equal(model.input, "pair");
  const sample = { kind: "ids", promptIds: [1, 5], completionIds: [6] } as const;
  const [encoding] = await model.tokenizer.encode([sample], "none");
  assert.ok(encoding !== undefined && !(encoding instanceof Error));
  assert.equal(encoding.types, undefined);
});
