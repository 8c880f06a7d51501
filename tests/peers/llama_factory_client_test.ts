import assert from "node:assert/strict";
import { startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("llamafactory");

const completions = ["The movie was a delight 🎬.", "A dull film, far too long.", "No."];

testWhere({
  name:
    "LlamaFactory's own client, beside a stand-in for torchaudio, reads the rewards with the key in its URL",
  missing: trainer.missing,
  async fn() {
    await using server = await startServer(["--api-key=secret", "--log=off"]);
    const url = new URL("/v1/score/evaluation", server.url);
    url.username = "trainer";
    url.password = "secret";
    // Its trainer decodes the ids of the rollout, the token that begins them included.
    const texts = completions.map((text) => `<s>${text}`);
    const { version, rewards } = await ask<{ version: string; rewards: number[] }>(
      trainer,
      "llama_factory_client.py",
      [url.href, ...texts],
    );
    assert.equal(version, "0.9.5");
    const items = completions.map((text) => ({ prompt: "", completions: [text] }));
    assertScores(rewards, await nativeScores(server.url, items, "secret"));
  },
});
