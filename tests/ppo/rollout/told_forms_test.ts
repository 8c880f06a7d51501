/** The bundled models, whose tokenizers are one: a completion has the same rewards told as text and as ids. */

import assert from "node:assert/strict";
import { startOwnServer } from "../../../src/cli/ppo/own_server.ts";
import { type CreditChoice, creditNames } from "../../../src/ppo/rollout/credit.ts";
import { type CompletionText, PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import { openRewardSource } from "../../../src/ppo/rollout/reward_source.ts";
import { modelSettings } from "../../cli/model_settings.ts";

const END = 2;
const policy = await PolicyText.load("models/movie-policy");

/** A completion as the policy would have written it, which its text alone is tokenised to. */
async function written(prompt: string, completion: string, ended: boolean) {
  const [before, all] = await policy.encode([prompt, prompt + completion]);
  const promptLength = before!.length;
  assert.deepEqual([...all!.subarray(0, promptLength)], [...before!], "the prompt's tokens stay");
  const tokens = { ids: Int32Array.from(ended ? [...all!, END] : all!), promptLength };
  const [text] = await policy.decode([tokens]);
  assert.deepEqual(await policy.encode([text!.prompt + text!.completion]), [all]);
  return { ...text!, ended, tokens } satisfies CompletionText;
}

const texts = [
  await written("the movie was", " a warm, funny film with real heart.", true),
  await written("the movie was", " a dull", false),
  await written("i did not", " like it, and it is too long.", true),
];

/** All that this model can be asked for; abcd asks for scores, and another model has steps. */
const choices: readonly CreditChoice[] = [
  ...creditNames.filter((name) => !["abcd", "steps"].includes(name))
    .map((method): CreditChoice => ({ method, beta: 0.8 })),
  { method: "abc", beta: 0.8, unit: "sentence" },
  { method: "abc", beta: 0.8, unit: "clause", pay: "spread" },
  { method: "red", beta: 1, unit: "clause" },
];

Deno.test("told as text or as ids, completions have the same scores and rewards, by every method", async (t) => {
  await using server = await startOwnServer({ ...modelSettings, model: "models/movie-reward" });
  for (const credit of choices) {
    await t.step(Object.values(credit).join(", "), async () => {
      const asked = async (send: "text" | "ids") => {
        const source = await openRewardSource({
          urls: [server.url],
          credit,
          timeoutMs: 60_000,
          telling: { send, ends: true },
          tokenizer: policy.identity,
        });
        return await source.fetchRewards(texts);
      };
      const [asText, asIds] = [await asked("text"), await asked("ids")];
      for (const [i, { score, perToken }] of asIds.entries()) {
        const expected = asText[i]!;
        assert.ok(Math.abs(score - expected.score) < 1e-5, `${score}, ${expected.score}`);
        assert.equal(perToken.length, texts[i]!.spans.length);
        perToken.forEach((reward, token) =>
          assert.ok(
            Math.abs(reward - expected.perToken[token]!) < 1e-4,
            `${texts[i]!.pieces[token]}: ${[...perToken]}, ${[...expected.perToken]}`,
          )
        );
      }
    });
  }
});
