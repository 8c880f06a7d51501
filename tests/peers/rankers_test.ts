import assert from "node:assert/strict";
import { startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("cohere");

const prompt = "The movie was";
const texts = [" dull, and far too long.", " a delight 🎬.", " fine."];

/** Texts by their places, each with its score, in the order in which a client got them. */
type Ranks = readonly (readonly [index: number, score: number])[];

interface Said {
  readonly versions: Readonly<Record<string, string>>;
  readonly cohereV1: Ranks;
  readonly cohereV2: Ranks;
  readonly haystackRaw: Ranks;
  readonly haystack: Ranks;
  readonly refusal: string | null;
}

testWhere({
  name: "Cohere's own clients and Haystack's ranker rank texts by their raw scores",
  missing: trainer.missing,
  async fn() {
    await using server = await startServer(["--api-key=secret", "--log=off"]);
    const args = [server.url, "movie-reward", "secret", prompt, ...texts];
    const said = await ask<Said>(trainer, "rankers.py", args);
    assert.deepEqual(said.versions, {
      "cohere": "7.3.1",
      "haystack-ai": "3.4.1",
      "huggingface-api-haystack": "3.1.0",
    });
    const items = texts.map((text) => ({ prompt, completions: [text] }));
    const scores = await nativeScores(server.url, items, "secret");
    const best = scores.toSorted((a, b) => b - a);
    for (const ranks of [said.cohereV1, said.cohereV2, said.haystackRaw]) {
      assertScores(ranks.map(([, score]) => score), best);
      assert.deepEqual(ranks.map(([index]) => index), best.map((score) => scores.indexOf(score)));
    }
    // Haystack asks for probabilities unless it is told to ask for raw scores.
    assertScores(said.haystack.map(([, score]) => score), best.map((x) => 1 / (1 + Math.exp(-x))));
    assert.match(said.refusal ?? "", /401/);
  },
});
