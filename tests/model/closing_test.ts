import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { closeOf } from "../../src/model/closing.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import type { Sample } from "../../src/text/sample.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";

const REWARD = 159;
const internlm2 = goldenDirectory("internlm2-reward");

Deno.test("texts are closed on request, and always where the score has a token of its own", () => {
  const name = "InternLM2ForRewardModel";
  assert.equal(closeOf({ name }, false), "none");
  assert.equal(closeOf({ name }, true), "eos");
  assert.equal(closeOf({ name, rewardToken: 7 }, false), "reward");
  assert.throws(() => closeOf({ name, rewardToken: 7 }, true), {
    kind: "bad_usage",
    message: "Cannot close texts with the end-of-sequence token as InternLM2ForRewardModel reads " +
      "its score at the token 7, with which all texts are closed: received --append-eos",
  });
});

Deno.test("InternLM2's texts get the reward token behind them, and no second one", async () => {
  await using model = await loadModel(internlm2, { device: "cpu", threads: 1 });
  assert.equal(model.tokenizer.close, "reward");
  const ids = (completionIds: number[]): Sample => ({ kind: "ids", promptIds: [1], completionIds });
  const text: Sample = { kind: "plain", prompt: "The movie", completion: " was great." };
  const samples = [text, ids([9]), ids([9, REWARD]), ids([9, REWARD, 9]), ids([9, 2])];
  const found = await model.tokenizer.encode(samples, "none");
  for (const encoding of found) {
    assert.ok(!(encoding instanceof Error), String(encoding));
    assert.equal(encoding.ids.at(-1), REWARD);
    assert.deepEqual(encoding.pool, [encoding.ids.length - 1]);
  }
  const lengths = found.slice(1).map((each) => (each as { ids: Int32Array }).ids.length);
  assert.deepEqual(lengths, [3, 3, 5, 4]);
});

Deno.test("a text without the reward token is refused rather than read elsewhere", async () => {
  await using model = await loadModel(internlm2, { device: "cpu", threads: 1 });
  const scorer = createScorer(model, new Batcher(model.engine));
  const items = [{ prompt: "The movie", completions: [" was great."] }];
  for (const close of ["none", "eos"] as const) {
    await assert.rejects(scoreNative(scorer, { items, close }), {
      kind: "invalid_request",
      message: /as the score is read at the token 159: received a text without it/,
    });
  }
  const ask = async (close?: "reward") => {
    const [found] = completionsIn(await scoreNative(scorer, { items, ...(close && { close }) }));
    return found!;
  };
  const [silent, asked] = [await ask(), await ask("reward")];
  assert.equal(silent.score, asked.score);
  assert.equal(silent.read_at?.token_id, REWARD);
});

Deno.test("other models have no reward token, and --append-eos is not for those that do", async () => {
  await using model = await loadModel(goldenDirectory("llama"), { device: "cpu", threads: 1 });
  const text: Sample = { kind: "plain", prompt: "The movie", completion: " was great." };
  await assert.rejects(model.tokenizer.encode([text], "none", "reward"), {
    kind: "invalid_request",
    path: "close",
    message:
      "Cannot close texts as the model has no token of its own for its score: received reward",
  });
  await assert.rejects(loadModel(internlm2, { appendEos: true }), { kind: "bad_usage" });
});
