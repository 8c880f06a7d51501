/**
 * Abacus as a library: load a reward model, score completions, and get a reward for every token.
 *
 * Everything that is public is listed here by name; whatever is not may change without a word.
 *
 * @example From a directory to rewards
 * ```ts
 * import { Batcher, createScorer, loadModel } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * await using model = await loadModel("models/movie-reward", { device: "cpu" });
 * const scorer = createScorer(model, new Batcher(model.engine));
 * const { completions: [completion] } = await scorer.score({
 *   samples: [{ kind: "plain", prompt: "The movie was", completion: " a delight." }],
 *   credit: { method: "abc", beta: 0.8 },
 *   truncation: "none",
 * });
 * assert.ok(completion !== undefined);
 * const sum = completion.rewards.reduce((total, reward) => total + reward, 0);
 * assert.ok(Math.abs(sum - completion.score) < 1e-5);
 * ```
 *
 * @example Answering a request of the wire format without HTTP
 * ```ts
 * import { Batcher, createScorer, itemReplies, loadModel, rewardRequestSchema } from "./mod.ts";
 * import { SampleError, samplesOf } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * await using model = await loadModel("models/movie-reward", { device: "cpu" });
 * const scorer = createScorer(model, new Batcher(model.engine));
 * const { items, credit, truncate: truncation, encoding } = rewardRequestSchema().parse({
 *   items: [{ prompt: "The movie was", completions: [" a delight."] }],
 * });
 * const { completions } = await scorer.scoreEach({ samples: samplesOf(items), credit, truncation });
 * assert.ok(!completions.some((completion) => completion instanceof SampleError));
 * assert.equal(itemReplies(items, completions, encoding).length, 1);
 * ```
 *
 * @example Serving a model
 * ```ts
 * import { Batcher, createApp, createScorer, loadModel, ModelSet, serveHttp } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const model = await loadModel("models/movie-reward", { device: "cpu" });
 * const batcher = new Batcher(model.engine);
 * await using models = new ModelSet([{ model, batcher, scorer: createScorer(model, batcher) }]);
 * const stop = new AbortController();
 * const draining = stop.signal;
 * const app = createApp({ models, draining });
 * const server = serveHttp(app, { hostname: "127.0.0.1", port: 0, signal: draining });
 * const ready = await fetch(`${server.url}/readyz`);
 * assert.deepEqual(await ready.json(), { status: "ready" });
 * stop.abort();
 * assert.deepEqual(await server.finished, { drained: true });
 * ```
 *
 * @example Reading floats that were asked for as base64
 * ```ts
 * import { decodeFloats, encodeFloats } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const floats = encodeFloats(Float64Array.of(0.5, -2), "base64");
 * assert.equal(floats, "AAAAPwAAAMA=");
 * assert.deepEqual(decodeFloats(floats), Float64Array.of(0.5, -2));
 * ```
 *
 * @example Spreading a score by attention that was measured elsewhere
 * ```ts
 * import { assignCredit, creditMethods } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const tokens = [[0, 1], [1, 2]] as const;
 * const units = { count: 2, parts: tokens, project: (perPart: Float64Array) => perPart, paid: tokens };
 * const text = { ids: Int32Array.of(7, 8), pool: [1], units };
 * const inputs = {
 *   ...text,
 *   completion: [0, 2] as const,
 *   closing: [2, 2] as const,
 *   options: { passes: 1_024, layer: "all" as const },
 *   without: () => text,
 * };
 * const measured = { attention: Float32Array.of(0.125, 0.375) };
 * const answer = { score: 2, rowScores: new Float64Array(), measured };
 * const { rewards } = assignCredit(creditMethods.abc, [answer], { inputs, beta: 0.5 });
 * assert.deepEqual(rewards, Float64Array.of(0.25, 1.75));
 * ```
 *
 * @module
 */

// From a directory to a model that answers.
export { loadModel, type LoadOptions } from "./model/load_model.ts";
export type { LoadedModel } from "./model/model.ts";
export { ModelSet, type WithModel } from "./model/model_set.ts";
export { Batcher, type BatcherLimits, type BatcherOptions } from "./batch/batcher.ts";
export { createScorer, type ScoreOptions, type Scorer } from "./scorer/scorer.ts";
export {
  SampleError,
  type Scored,
  type ScoredCompletion,
  type ScoreRequest,
  type ScoreSample,
} from "./scorer/scored.ts";

// What crosses the network.
export {
  type RewardRequest,
  type RewardRequestInput,
  rewardRequestSchema,
} from "./wire/request.ts";
export { itemReplies, samplesOf } from "./wire/items.ts";
export type { CompletionReply, RewardReply } from "./wire/reply.ts";
export { decodeFloats, encodeFloats } from "./wire/floats.ts";

// Credit, by itself.
export { assignCredit } from "./credit/assign.ts";
export { creditMethod, creditMethods } from "./credit/registry.ts";
export type { Credit, CreditInputs, CreditMethod, Units } from "./credit/method.ts";

// Serving.
export { type AppOptions, createApp } from "./http/app.ts";
export { type HttpServer, serveHttp, type ServeOptions } from "./http/serve.ts";

// What can go wrong.
export { AbacusError, type ErrorDetails, type ErrorKind } from "./errors.ts";
