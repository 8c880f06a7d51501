import assert from "node:assert/strict";
import { assignCredit } from "../../src/credit/assign.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import { integrated } from "../../src/credit/integrated.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { fakeModel } from "../support/fake_model.ts";
import { answersTo, blocks, type Given, identity, inputsOf } from "./given.ts";

/** Three tokens, and a residual of 0.25. */
const given: Given = {
  score: 3,
  promptScore: 0.5,
  units: identity(3),
  attribution: Float64Array.of(1, -0.5, 0.75),
  closingAttribution: 0.25,
};

function creditOf(given: Given, beta: number) {
  const inputs = inputsOf(given);
  return assignCredit(integrated, answersTo(integrated.plan(inputs), given), { inputs, beta });
}

Deno.test("tokens earn what they bring, the last one the residual, and the wordless completion is the offset", () => {
  const { rewards, offset, residual } = creditOf(given, 1);
  assert.deepEqual([...rewards], [1, -0.5, 0.75 + 0.25]);
  assert.deepEqual([offset, residual], [1.5, 0.25]);
});

Deno.test("beta is the part of all three that is spread", () => {
  const { rewards, offset, residual } = creditOf(given, 0.5);
  assert.deepEqual([...rewards], [0.5, -0.25, 0.375 + 0.125 + 1.5]);
  assert.deepEqual([offset, residual], [0.75, 0.125]);
});

Deno.test("a unit earns what its tokens bring", () => {
  const { rewards } = creditOf({ ...given, units: blocks(3, 2) }, 1);
  assert.deepEqual([...rewards], [0, 0.5, 1]);
});

Deno.test("only the completion moves: the prompt and what closes the text stay", () => {
  const [query, ...others] = integrated.plan(inputsOf(given));
  assert.deepEqual([query!.moved, others], [[1, 4], []]);
});

Deno.test("where nothing is paid, nothing is measured", () => {
  const [query] = integrated.plan(inputsOf({ score: 1, units: identity(0) }));
  assert.deepEqual([query!.measure, query!.moved], [[], undefined]);
});

Deno.test("numbers that are not two per token are no answer", () => {
  const inputs = inputsOf(given);
  const [answer] = answersTo(integrated.plan(inputs), given);
  const measured = { integrated: Float64Array.of(1, 2, 3) };
  assert.throws(
    () => integrated.assign([{ ...answer!, measured }], { inputs, beta: 1 }),
    /without the integrated gradients/,
  );
});

Deno.test("the most that a path may take counts before anything is computed", async () => {
  const model = fakeModel();
  const scorer = (maxPlannedTokens: number) =>
    createScorer(model, new Batcher(model.engine, { limits: { maxPlannedTokens } }));
  const sample = { kind: "plain", prompt: "", completion: "It is warm." } as const;
  const credit = { method: "integrated", beta: 1 };
  const ask = (most: number) =>
    scorer(most).score({ samples: [sample], credit, truncation: "none" });
  await assert.rejects(ask(128), { kind: "too_large", path: "credit.method" });
  assert.deepEqual(model.engine.batches, []);
  const { completions: [completion], cost: { tokens } } = await ask(1e6);
  assert.equal((await ask(128 * tokens)).completions.length, 1);
  const { rewards, offset, residual, score } = completion!;
  const total = rewards.reduce((sum, reward) => sum + reward, 0) + offset!;
  assert.ok(Math.abs(total - score) < 1e-9);
  assert.ok(Math.abs(residual!) > 0, "the fake model's tokens bring half of what is gained");
});
