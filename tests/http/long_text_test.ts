import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { createApp } from "../../src/http/app.ts";
import type { App } from "../../src/http/route.ts";
import { ModelSet } from "../../src/model/model_set.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { loadSampleTokenizer } from "../../src/text/load_sample_tokenizer.ts";
import { fakeModel } from "../support/fake_model.ts";

const directory = new URL("../../models/movie-reward/", import.meta.url).pathname;

/** The app over the bundled model's tokenizer; nothing is computed. */
async function textApp(): Promise<App> {
  const read = { context: 512, vocabulary: 8192, pooling: "last" } as const;
  const tokenizer = await loadSampleTokenizer(directory, read);
  const model = { ...fakeModel(), tokenizer };
  const batcher = new Batcher(model.engine);
  const models = new ModelSet([{ model, batcher, scorer: createScorer(model, batcher) }]);
  return createApp({ models, settings: { accessLog: "off", deadlineMs: 0 } });
}

function rewards(app: App, completion: string, truncate: string): Promise<Response> {
  const body = JSON.stringify({
    items: [{ prompt: "It was", completions: [completion] }],
    truncate,
  });
  const headers = { "Content-Type": "application/json" };
  return Promise.resolve(app.request("/v1/rewards", { method: "POST", headers, body }));
}

for (const [truncate, status] of [["none", 422], ["right", 200]] as const) {
  Deno.test(`while 900,000 characters are handled, cut ${truncate}, others are answered`, async () => {
    const app = await textApp();
    const order: string[] = [];
    const long = rewards(app, " a dull film.".repeat(70_000).slice(0, 900_000), truncate)
      .then(async (response) => {
        order.push("long");
        assert.equal(response.status, status, await response.text());
      });
    for (let turn = 0; turn < 5; turn++) {
      const health = await app.request("/healthz");
      assert.equal((await health.json()).status, "alive");
      const short = await rewards(app, " a warm film.", "none");
      assert.equal(short.status, 200, await short.text());
      order.push("short");
    }
    await long;
    assert.deepEqual(order, [...Array(5).fill("short"), "long"]);
  });
}
