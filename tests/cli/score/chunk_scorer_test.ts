import assert from "node:assert/strict";
import { chunkScorer as scorerOfChunks } from "../../../src/cli/score/chunk_scorer.ts";
import { rowLimits, rowScorer } from "../../../src/cli/score/row_scorer.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { LoadedModel } from "../../../src/model/model.ts";
import type { RewardItem } from "../../../src/wire/request.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { fakeModel } from "../../support/fake_model.ts";

const request = {
  credit: { method: "abc" as const, beta: 0.8 },
  truncate: "none" as const,
  encoding: "json" as const,
};
/** What scores chunks with a model, in batches of so many tokens. */
function chunkScorer(model: LoadedModel, { maxTokens }: { maxTokens: number }) {
  const limits = rowLimits({ maxBatchTokens: maxTokens, maxCreditTokens: 1_000 });
  return scorerOfChunks(() => rowScorer([{ model, limits }]), request);
}

const never = new AbortController().signal;

function items(count: number): RewardItem[] {
  return Array.from(
    { length: count },
    (_, i) => ({ prompt: `prompt ${i}`, completions: [` word${i}`] }),
  );
}

function batchesOf({ batches }: FakeEngine): string[][] {
  return batches.map((batch) => batch.map(({ ids }) => ids.join()));
}

Deno.test("a chunk's batches are the same whatever else is on its way", async () => {
  const alone = new FakeEngine();
  const first = chunkScorer(fakeModel({ engine: alone }), { maxTokens: 20 });
  await first(items(12), never);
  await first(items(5), never);
  const together = new FakeEngine();
  const second = chunkScorer(fakeModel({ engine: together }), { maxTokens: 20 });
  await Promise.all([second(items(12), never), second(items(5), never)]);
  assert.ok(alone.batches.length > 3);
  assert.deepEqual(batchesOf(together).toSorted(), batchesOf(alone).toSorted());
});

Deno.test("a bad item leaves its error in its place", async () => {
  const score = chunkScorer(fakeModel({ context: 8 }), { maxTokens: 100 });
  const long = { prompt: "a ".repeat(50), completions: ["b"] };
  const { items: replies } = await score([...items(1), long, ...items(1)], never);
  assert.deepEqual(replies.map((reply) => reply instanceof AbacusError && reply.kind), [
    false,
    "too_long",
    false,
  ]);
});

Deno.test("where every item of a chunk is bad by itself, the run goes on", async () => {
  const engine = new FakeEngine({ notFinite: (ids) => ids.length > 3 });
  const score = chunkScorer(fakeModel({ engine }), { maxTokens: 100 });
  const { items: replies } = await score(items(2), never);
  assert.ok(replies.every((reply) => reply instanceof AbacusError));
});

Deno.test("where the engine is dead, the run ends", async () => {
  const engine = new FakeEngine({ notFinite: () => true });
  const score = chunkScorer(fakeModel({ engine }), { maxTokens: 100 });
  await assert.rejects(
    () => score(items(2), never),
    (error) => error instanceof AbacusError && error.kind === "model_failure",
  );
});
