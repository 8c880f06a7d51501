import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startServer } from "../e2e/program.ts";
import { testWhere } from "../support/test_where.ts";
import { ask, assertScores, findTrainer, nativeScores } from "./trainers.ts";

const trainer = await findTrainer("verl");

const rollouts = [
  ["How was the movie?", "The movie was a delight 🎬."],
  ["And the film?", "A dull film, far too long."],
  ["Another?", "No."],
] as const;

const template = "{{ bos_token }}{% for message in messages %}" +
  "{{ message['role'] + ': ' + message['content'] }}\n{% endfor %}";

/** The bundled model as verl wants one: with a chat template. */
async function writeChatModel(directory: string): Promise<void> {
  const bundled = fileURLToPath(new URL("../../models/movie-reward/", import.meta.url));
  await Deno.mkdir(directory);
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(bundled + name, `${directory}/${name}`);
  }
  const config = JSON.parse(await Deno.readTextFile(`${bundled}tokenizer_config.json`));
  const text = JSON.stringify({ ...config, chat_template: template });
  await Deno.writeTextFile(`${directory}/tokenizer_config.json`, text);
}

/** A server before another: it answers every second request 503, and passes the others on. */
function startUnwilling(url: string) {
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    asked++;
    if (asked % 2 === 1) return new Response("busy", { status: 503 });
    const { pathname } = new URL(request.url);
    const { method, headers } = request;
    return await fetch(new URL(pathname, url), { method, headers, body: await request.text() });
  });
  return {
    address: `127.0.0.1:${server.addr.port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

testWhere({
  name: "verl's own reward loop reads the rewards as of vLLM and of SGLang, and again after a 503",
  missing: trainer.missing,
  async fn() {
    const work = await Deno.makeTempDir();
    try {
      const model = `${work}/chat-reward`;
      await writeChatModel(model);
      await using server = await startServer([`--model=${model}`, "--api-key=secret", "--log=off"]);
      await using unwilling = startUnwilling(server.url);
      const keyed = `trainer:secret@`;
      const { host } = new URL(server.url);
      const { version, rewards } = await ask<{ version: string; rewards: number[][] }>(
        trainer,
        "verl_client.py",
        [
          model,
          `vllm=${keyed}${host}`,
          `sglang=${keyed}${host}`,
          `vllm=${keyed}${unwilling.address}`,
        ],
        JSON.stringify(rollouts),
      );
      assert.equal(version, "0.9.1");
      const items = rollouts.map(([content, completion]) => ({
        messages: [{ role: "user", content }],
        completions: [completion],
      }));
      const scores = await nativeScores(server.url, items, "secret");
      assert.equal(rewards.length, 3);
      for (const received of rewards) assertScores(received, scores);
      assert.ok(unwilling.asked() >= 2 * rollouts.length);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  },
});
