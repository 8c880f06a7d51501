import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

async function post(body: unknown) {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  return await fakeApp().app.request("/rerank", { ...init, body: JSON.stringify(body) });
}

const texts = [" dull.", " a delight.", " fine, all in all."];

Deno.test("texts come back as a list, the best first, with their texts where asked", async () => {
  const ranks = await (await post({ query: "The film was", texts, return_text: true })).json();
  const scores = ranks.map(({ score }: { score: number }) => score);
  assert.deepEqual(scores, scores.toSorted((a: number, b: number) => b - a));
  for (const { index, text } of ranks) assert.equal(text, texts[index]);
  const [first] = await (await post({ query: "The film was", texts })).json();
  assert.equal(first.text, undefined);
});

Deno.test("its errors are TEI's, though the path is that of vLLM too", async () => {
  const response = await post({ query: "The film was", texts: [1] });
  assert.equal(response.status, 422);
  assert.deepEqual(Object.keys(await response.json()), ["error", "error_type"]);
});

Deno.test("texts that are none are TEI's empty", async () => {
  const response = await post({ query: "The film was", texts: [] });
  assert.deepEqual([response.status, (await response.json()).error_type], [400, "empty"]);
});
