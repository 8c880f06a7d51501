import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Server, startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("openrlhf");

const rollouts = [
  ["The movie was", " a delight 🎬."],
  ["The movie was", " dull, and far too long."],
  ["A film", " to remember."],
] as const;

interface Said {
  readonly version: string;
  /** A list of one each, as OpenRLHF asks for one query at a time. */
  readonly rewards: readonly [rewards: number[] | null, scores: number[] | null][];
}

/** Where OpenRLHF asks a server, with its key. */
function rewardUrl({ url }: Server): string {
  const asked = new URL("/get_reward", url);
  asked.username = "trainer";
  asked.password = "secret";
  return asked.href;
}

/** How many requests for rewards a server has answered well. */
async function answered({ url }: Server): Promise<number> {
  const headers = { Authorization: "Bearer secret" };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  const [, count] =
    /^abacus_requests_total\{route="\/get_reward".*kind="ok".*\} (\d+)$/m.exec(text) ??
      assert.fail(text);
  return Number(count);
}

testWhere({
  name:
    "OpenRLHF's own executor, beside a stand-in for vLLM's engine, turns to one server after the other",
  missing: trainer.missing,
  async fn() {
    const flags = ["--api-key=secret", "--log=off"];
    await using first = await startServer(flags);
    await using second = await startServer(flags);
    const model = fileURLToPath(new URL("../../models/movie-reward", import.meta.url));
    const { version, rewards } = await ask<Said>(
      trainer,
      "openrlhf_client.py",
      [model, rewardUrl(first), rewardUrl(second)],
      JSON.stringify(rollouts.map(([prompt, response]) => [`<s>${prompt}`, response])),
    );
    assert.equal(version, "0.11.2");
    assert.deepEqual([await answered(first), await answered(second)], [2, 1]);
    const items = rollouts.map(([prompt, completion]) => ({ prompt, completions: [completion] }));
    const scores = await nativeScores(first.url, items, "secret");
    for (const column of [0, 1] as const) {
      assertScores(rewards.map((said) => said[column]?.[0] ?? NaN), scores);
    }
  },
});
