import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { bestStep, evaluatePolicy, isEvaluatedAfter } from "../../src/ppo/evaluation.ts";
import type { Reward } from "../../src/ppo/rollout/reward_source.ts";
import { train } from "../../src/ppo/trainer.ts";
import type { EvaluationLine } from "../../src/ppo/run/evaluation_metrics.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { madeUpEvaluation } from "./report/made_up_run.ts";
import { rewardsFor, tinyRun, type TinyRunOptions } from "./tiny_run.ts";

const every = 2;

/** A run that is evaluated on prompts of its own. */
async function evaluatedRun(options: TinyRunOptions) {
  const tiny = await tinyRun(options);
  const prompts = await tiny.policy.text.encodeTexts(["was it", "a good", "and then they"]);
  return {
    ...tiny,
    run: { ...tiny.run, evaluation: { prompts, every } },
    [Symbol.asyncDispose]: () => tiny[Symbol.asyncDispose](),
  };
}

function untimed({ eval_seconds: _, ...line }: EvaluationLine) {
  return line;
}

Deno.test("a policy is evaluated before training, at its turns and at the end", async () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].filter((step) => isEvaluatedAfter(step, { every, steps: 5 })),
    [
      0,
      2,
      4,
      5,
    ],
  );
  await using directory = await temporaryDirectory();
  const lines: EvaluationLine[] = [];
  await using tiny = await evaluatedRun({ directory: directory.path, settings: { steps: 3 } });
  await train({ ...tiny.run, onEvaluation: (line) => lines.push(line) }, tiny.progress);
  assert.deepEqual(lines.map(({ step }) => step), [0, 2, 3]);
  assert.deepEqual(await tiny.run.files.readEvaluations(), lines);
  assert.deepEqual((await tiny.run.files.readMetrics()).map(({ step }) => step), [1, 2, 3]);
  const written = await Deno.readTextFile(tiny.run.files.paths.metrics);
  const order = written.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(order.map(({ step, eval_kl }) => [step, eval_kl !== undefined]), [
    [0, true],
    [1, false],
    [2, false],
    [2, true],
    [3, false],
    [3, true],
  ]);
});

Deno.test("an evaluation counts what was written for its prompts, and leaves the policy as it is", async () => {
  await using directory = await temporaryDirectory();
  const seen: string[][] = [];
  const fetchRewards: typeof rewarded = (texts) => {
    seen.push(texts.map(({ prompt }) => prompt));
    return rewarded(texts);
  };
  const rewarded = (texts: Parameters<ReturnType<typeof rewardsFor>>[0]) =>
    Promise.resolve(texts.map(({ pieces }): Reward => {
      return { score: pieces.length, perToken: new Float64Array(pieces.length), responseMass: 1 };
    }));
  const options = { directory: directory.path, settings: { batch: 2 }, fetchRewards };
  await using tiny = await evaluatedRun(options);
  const { run } = tiny;
  const before = await run.engine.state();
  const line = await evaluatePolicy(run, run.evaluation, 0);
  assert.deepEqual(seen, [["was it", "a good"], ["and then they"], ["was it", "a good"], [
    "and then they",
  ]]);
  assert.equal(line.eval_prompts, 3);
  assert.equal(line.eval_score_mean, line.eval_length_mean, "the score is the length here");
  assert.equal(line.eval_greedy_score_mean, line.eval_greedy_length_mean);
  assert.ok(Math.abs(line.eval_kl) < 1e-4, "the policy is its reference still");
  assert.deepEqual(untimed(await evaluatePolicy(run, run.evaluation, 0)), untimed(line));
  assert.deepEqual(await run.engine.state(), before);
});

Deno.test("training is the same with evaluations and without", async () => {
  await using made = await twoDirectories();
  const [plain, evaluated] = made;
  const states = [];
  for (const [directory, evaluates] of [[plain, false], [evaluated, true]] as const) {
    await using tiny = await evaluatedRun({ directory, settings: { steps: 3 } });
    const { evaluation, ...run } = tiny.run;
    await train(evaluates ? { ...run, evaluation } : run, tiny.progress);
    states.push(await run.engine.state());
  }
  assert.deepEqual(states[0], states[1]);
});

Deno.test("a run that stops in an evaluation makes it when it resumes", async () => {
  await using made = await twoDirectories();
  const [whole, broken] = made;
  const settings = { steps: 4 };
  const trained = async (options: TinyRunOptions) => {
    await using tiny = await evaluatedRun({ settings, ...options });
    const { step } = await train(tiny.run, tiny.progress);
    const { files } = tiny.run;
    return { step, lines: (await files.readEvaluations()).map(untimed) };
  };
  const expected = await trained({ directory: whole });
  let calls = 0;
  const fetchRewards: ReturnType<typeof rewardsFor> = (texts) => {
    // Two calls before training, two steps, then the greedy half of the second evaluation.
    if (++calls === 6) throw new AbacusError("cancelled", "Cannot get rewards as it was stopped");
    return rewardsFor("a")(texts);
  };
  const part = await trained({ directory: broken, fetchRewards });
  assert.deepEqual([part.step, part.lines.map(({ step }) => step)], [2, [0]]);
  assert.deepEqual(await trained({ directory: broken }), expected);
});

Deno.test("the best policy is the first that scores highest, and the given one has no step", () => {
  const lines = [0.5, 1, NaN, 2, 2, 1.5].map((score, step) => madeUpEvaluation(step, score));
  assert.equal(bestStep(lines), 3);
  assert.equal(bestStep(lines.slice(0, 1)), undefined);
  assert.equal(bestStep([]), undefined);
});

Deno.test("the best policy of a run is saved when it is found, and stays", async () => {
  await using directory = await temporaryDirectory();
  let score = 0;
  // Of the evaluations before training and after 2, 4 and 5 steps, the second scores highest.
  const scores = [1, 1, 0, 0, 9, 9, 0, 0, 3, 3, 0, 4, 4];
  const fetchRewards: ReturnType<typeof rewardsFor> = async (texts) => {
    const rewards = await rewardsFor("a")(texts);
    const given = scores[score++]!;
    return rewards.map((each) => ({ ...each, score: given }));
  };
  const options = { directory: directory.path, settings: { steps: 5 }, fetchRewards };
  await using tiny = await evaluatedRun(options);
  await train(tiny.run, tiny.progress);
  const { checkpoints } = tiny.run.files.paths;
  const names = await Array.fromAsync(Deno.readDir(checkpoints), ({ name }) => name);
  assert.deepEqual(names.toSorted(), ["step-000002", "step-000005"]);
});

/** Two directories that are removed at the end of the block. */
async function twoDirectories(): Promise<AsyncDisposable & [string, string]> {
  const parent = await temporaryDirectory();
  const paths: [string, string] = [`${parent.path}/a`, `${parent.path}/b`];
  for (const path of paths) await Deno.mkdir(path);
  return Object.assign(paths, { [Symbol.asyncDispose]: () => parent[Symbol.asyncDispose]() });
}
