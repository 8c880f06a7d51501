import assert from "node:assert/strict";
import { startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("openai");

const texts = ["The movie was a delight 🎬.", "A dull film, far too long.", "No."];

interface Said {
  readonly versions: Readonly<Record<string, string>>;
  readonly openai: readonly number[];
  readonly huggingFace: readonly number[];
}

testWhere({
  name: "OpenAI's own client reads scores as embeddings, and Hugging Face's as classes of /predict",
  missing: trainer.missing,
  async fn() {
    await using server = await startServer(["--api-key=secret", "--log=off"]);
    const args = [server.url, "movie-reward", "secret", ...texts];
    const { versions, openai, huggingFace } = await ask<Said>(trainer, "text_clients.py", args);
    assert.deepEqual(versions, { openai: "3.57.0", huggingface_hub: "1.33.0" });
    const items = texts.map((text) => ({ prompt: "", completions: [text] }));
    const scores = await nativeScores(server.url, items, "secret");
    assertScores(openai, scores);
    assertScores(huggingFace, scores);
  },
});
