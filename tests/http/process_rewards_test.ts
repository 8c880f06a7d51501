/** docs/process-rewards.md: its request gets its answer, over HTTP, from a model that transformers made. */

import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { createApp } from "../../src/http/app.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { ModelSet } from "../../src/model/model_set.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { stepsDirectory } from "../support/golden_steps.ts";

async function withApp(ask: (post: Post) => Promise<void>): Promise<void> {
  await using model = await loadModel(stepsDirectory("trl-qwen2"), { device: "cpu", threads: 1 });
  const batcher = new Batcher(model.engine);
  const models = new ModelSet([{ model, batcher, scorer: createScorer(model, batcher) }]);
  const app = createApp({ models, settings: { accessLog: "off", deadlineMs: 0 } });
  await ask(async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers };
    return await (await app.request(path, init)).json();
  });
}

// deno-lint-ignore no-explicit-any -- replies of several protocols, whose tests check their schemas
type Post = (path: string, body?: unknown) => Promise<any>;

/** Numbers of the documentation are rounded. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value),
    (_, each) => typeof each === "number" ? Math.round(1e4 * each) / 1e4 : each,
  );
}

const page = new URL("../../docs/process-rewards.md", import.meta.url);

Deno.test("the request of docs/process-rewards.md gets its answer", async () => {
  const blocks = [...(await Deno.readTextFile(page)).matchAll(/```json\n(.*?)```/gs)];
  const [request, expected] = blocks.map(([, block = ""]) => JSON.parse(block));
  await withApp(async (post) => {
    const { credit, items } = await post("/v1/rewards", request);
    const { score, rewards, steps, truncated } = items[0].completions[0];
    const shown = { credit, items: [{ completions: [{ score, rewards, steps, truncated }] }] };
    assert.deepEqual(rounded(shown), expected);
  });
});

Deno.test("every protocol tells the steps, and models say how they read them", async () => {
  const [prompt, completion] = ["How many eggs are left?", "Sixteen eggs.\nSo 9 are left."];
  await withApp(async (post) => {
    const { items } = await post("/v1/rewards", { items: [{ prompt, completions: [completion] }] });
    const { steps } = items[0].completions[0];
    const [ends, scores] = [steps, steps].map((each: { end: number; score: number }[], i) =>
      each.map(({ end, score }) => i === 0 ? end : score)
    );
    const rlhf = await post("/get_reward", { query: [prompt + completion], prompts: [prompt] });
    assert.deepEqual([rlhf.step_ends, rlhf.step_scores], [[ends], [scores]]);
    assert.equal(rlhf.credit.method, "steps");
    const text = (name: string, data: string) => ({
      name,
      shape: [1],
      datatype: "BYTES",
      data: [data],
    });
    const inputs = [text("prompt", prompt), text("completion", completion)];
    const { outputs } = await post("/v2/models/trl-qwen2/infer", { inputs });
    const output = (name: string) =>
      outputs.find((each: { name: string }) => each.name === name)?.data;
    assert.deepEqual([output("step_ends"), output("step_scores")], [ends, scores]);
    assert.deepEqual(output("step_count"), [2]);
    const { data: [model] } = await post("/v1/models");
    assert.deepEqual(model.steps, {
      read: 'ends at a line break, read at "\\n" (id 198)',
      reduction: "mean",
    });
    assert.equal(model.credit_methods[0].name, "steps");
  });
});

Deno.test("/pooling tells the steps beside its rows, and in their place where the URL asks for it", async () => {
  const input = "Sixteen eggs.\nSo 9 are left.";
  await withApp(async (post) => {
    const { items } = await post("/v1/rewards", { items: [{ prompt: "", completions: [input] }] });
    const { steps, score } = items[0].completions[0];
    const scores = steps.map((step: { score: number }) => step.score);
    const { data: [byToken] } = await post("/pooling", { input, task: "token_classify" });
    assert.deepEqual([byToken.step_scores, byToken.score], [scores, score]);
    // A mean pays each step its part at its last token.
    const paid = byToken.step_ends.map((row: number) => byToken.data[row][0]);
    assert.deepEqual(paid, scores.map((each: number) => each / scores.length));
    const { data: [byStep] } = await post("/pooling?rows=steps", { input });
    assert.deepEqual(byStep.data, scores.map((each: number) => [1 - each, each]));
    const coded = await post("/pooling?rows=steps", { input, encoding_format: "base64" });
    const floats = new Float32Array(Uint8Array.fromBase64(coded.data[0].data).buffer);
    assert.deepEqual([...floats], byStep.data.flat().map(Math.fround));
    assert.ok((await post("/pooling?rows=words", { input })).error.message.includes("rows"));
  });
});

Deno.test("what a process reward model cannot do is refused by name", async () => {
  const items = [{ prompt: "a", completions: ["b"] }];
  await withApp(async (post) => {
    for (const method of ["red", "gradient", "occlusion"]) {
      const { error } = await post("/v1/rewards", { items, credit: { method } });
      assert.equal(error.path, "credit.method");
      assert.match(
        error.message,
        /needs a model that scores whole completions: received Qwen2ForTok/,
      );
    }
    const wrong = [{ ...items[0], steps: [[[0, 9]]] }];
    const { error } = await post("/v1/rewards", { items: wrong });
    assert.equal(error.path, "items[0].steps[0][0]");
  });
});
