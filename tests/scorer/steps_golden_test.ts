/** Process reward models: the ids they read and the scores of steps, against what trained or published them. */

import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel, type LoadOptions } from "../../src/model/load_model.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import type { ScoreSample } from "../../src/scorer/scored.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { assertClose } from "../support/golden_model.ts";
import { sampleOf, type StepCase, stepCases, stepsDirectory } from "../support/golden_steps.ts";

const names = ["trl-qwen2", "trl-mistral", "qwen-prm", "skywork-prm", "shepherd"];

/** Settings without which a directory does not say that it is a process reward model. */
const needed: Readonly<Record<string, LoadOptions>> = {
  shepherd: { head: "vocabulary:\u2581+,\u2581-", stepMark: "\u043a\u0438" },
};

for (const name of names) {
  for (const [settings, cases] of bySettings(stepCases(name))) {
    Deno.test(`${name} with ${settings}: ids and step scores are those of its makers`, async () => {
      await using model = await load(name, settings);
      const scorer = createScorer(model, new Batcher(model.engine));
      const samples = cases.map(sampleOf);
      const encodings = await model.tokenizer.encode(samples, "none");
      const request = { samples, credit: { beta: 1 }, truncation: "none" } as const;
      const { completions } = await scorer.score(request);
      for (const [i, { ids, ends, scores }] of cases.entries()) {
        const encoding = encodings[i]!;
        assert.ok(!(encoding instanceof Error), `${encoding}`);
        assert.deepEqual([...encoding.ids], ids, `ids of ${i}`);
        assert.deepEqual(encoding.pool, ends, `ends of ${i}`);
        const { steps = [], rewards, score } = completions[i]!;
        assertClose(steps.map((step) => step.score), scores, {
          tolerance: 1e-4,
          what: `steps of ${i}`,
        });
        const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length;
        assertClose([score], [mean], { tolerance: 1e-4, what: "score" });
        const expected = new Float64Array(rewards.length);
        for (const { end = -1, score } of steps) expected[end]! += score / steps.length;
        assertClose(rewards, expected, { tolerance: 1e-12, what: "rewards" });
      }
    });
  }
}

for (const name of ["trl-qwen2", "qwen-prm"]) {
  Deno.test(`${name}: steps score the same alone, and as ids that hold their marks`, async () => {
    await using model = await load(name, "{}");
    const scorer = createScorer(model, new Batcher(model.engine));
    const score = async (sample: ScoreSample) => {
      const request = { samples: [sample], credit: { beta: 1 }, truncation: "none" } as const;
      const { completions: [completion] } = await scorer.score(request);
      return completion!;
    };
    const own = stepCases(name).filter(({ settings }) => Object.keys(settings).length === 0);
    for (const each of own.slice(0, 4)) {
      const { steps = [] } = await score(sampleOf(each));
      const found = steps.map((step) => step.score);
      assertClose(found, each.scores, { tolerance: 1e-4, what: "alone" });
      const [promptIds, completionIds] = [each.ids.slice(0, 8), each.ids.slice(8)];
      const given = await score({ kind: "ids", promptIds, completionIds });
      assert.equal(given.rewards.length, completionIds.length, "one reward per id");
      const scores = given.steps?.map((step) => step.score) ?? [];
      assertClose(scores.slice(0, found.length), found, { tolerance: 1e-4, what: "ids" });
    }
  });
}

Deno.test("where every token is a step, those at the ends of steps score as they do there", async () => {
  await using model = await load("trl-qwen2", '{"stepAt":"every-token"}');
  const scorer = createScorer(model, new Batcher(model.engine));
  const own = stepCases("trl-qwen2").filter(({ settings }) => Object.keys(settings).length === 0);
  const samples: ScoreSample[] = own.map(({ ids }) => ({
    kind: "ids",
    promptIds: ids.slice(0, 8),
    completionIds: ids.slice(8),
  }));
  const request = { samples, credit: { beta: 1 }, truncation: "none" } as const;
  const { completions } = await scorer.score(request);
  for (const [i, { ids, ends, scores }] of own.entries()) {
    const { steps = [], rewards, score } = completions[i]!;
    assert.deepEqual(steps.map(({ end }) => end), [...ids.slice(8).keys()]);
    const found = ends.map((at) => steps[at - 8]?.score ?? NaN);
    assertClose(found, scores, { tolerance: 1e-4, what: `steps of ${i}` });
    assertClose([rewards.reduce((sum, each) => sum + each)], [score], {
      tolerance: 1e-9,
      what: "sum",
    });
  }
  const texts = [{ kind: "plain", prompt: "How many?", completion: "Two.\nOr so" }] as const;
  const { completions: [text] } = await scorer.score({ ...request, samples: texts });
  assert.equal(text?.steps?.length, text?.rewards.length);
  assert.ok(text?.rewards.every((reward) => reward !== 0));
});

Deno.test("an empty completion is an empty step behind the prompt, whose score is nobody's", async () => {
  await using model = await load("trl-qwen2", "{}");
  const scorer = createScorer(model, new Batcher(model.engine));
  const samples = [{ kind: "plain", prompt: "How many?", completion: "" }] as const;
  const request = { samples, credit: { beta: 1 }, truncation: "none" } as const;
  const { completions: [empty] } = await scorer.score(request);
  assert.deepEqual(empty?.steps, [{ score: empty?.score }]);
  assert.deepEqual([empty?.rewards.length, empty?.offset], [0, empty?.score]);
});

function bySettings(cases: readonly StepCase[]): Map<string, StepCase[]> {
  return Map.groupBy(cases, ({ settings }) => JSON.stringify(settings));
}

function load(name: string, settings: string): Promise<LoadedModel> {
  const options = { device: "cpu", threads: 1, ...needed[name], ...JSON.parse(settings) } as const;
  return loadModel(stepsDirectory(name), options);
}
