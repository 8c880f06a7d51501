import { startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("aiohttp");

const rollouts = [
  ["The movie was", " a delight 🎬."],
  ["The movie was", " dull, and far too long."],
  ["A film", " to remember."],
] as const;

testWhere({
  name:
    "slime's request, imitated as its package cannot be had, gets objects with a reward or bare numbers",
  missing: trainer.missing,
  async fn() {
    await using server = await startServer(["--api-key=secret", "--log=off"]);
    const url = new URL("/rm", server.url);
    url.username = "trainer";
    url.password = "secret";
    const [objects, numbers] = await ask<[{ reward: number }[], number[]]>(
      trainer,
      "slime_client.py",
      [url.href, `${url.href}?form=number`],
      JSON.stringify(rollouts.map(([prompt, response]) => [`<s>${prompt}`, response])),
    );
    const items = rollouts.map(([prompt, completion]) => ({ prompt, completions: [completion] }));
    const scores = await nativeScores(server.url, items, "secret");
    // As --reward-key reward takes it.
    assertScores(objects.map(({ reward }) => reward), scores);
    assertScores(numbers, scores);
  },
});
