import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";
import { assertCut } from "./vllm_cut.ts";

async function ask(body: unknown, path = "/rerank") {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  return await (await fakeApp().app.request(path, { ...init, body: JSON.stringify(body) })).json();
}

const documents = [" dull.", { text: " a delight." }, " fine, all in all."];

interface Result {
  readonly index: number;
  readonly document: { readonly text: string };
  readonly relevance_score: number;
}

Deno.test("documents come back the best first, with their places and texts", async () => {
  const { results, token_rewards, token_offsets } = await ask({ query: "The film was", documents });
  const scores = results.map(({ relevance_score }: Result) => relevance_score);
  assert.deepEqual(scores, scores.toSorted((a: number, b: number) => b - a));
  for (const { index, document } of results as Result[]) {
    const asked = documents[index]!;
    assert.equal(document.text, typeof asked === "string" ? asked : asked.text);
    // What belongs to tokens stays in the order of the request.
    assert.equal(token_offsets[index].at(-1)[1], document.text.length);
  }
  assert.equal(token_rewards.length, documents.length);
});

Deno.test("top_n cuts the list, and 0 does not; every path answers alike", async () => {
  const body = { query: "The film was", documents };
  const all = await ask(body, "/v2/rerank");
  assert.deepEqual((await ask({ ...body, top_n: 0 }, "/v1/rerank")).results, all.results);
  assert.deepEqual((await ask({ ...body, top_n: 2 })).results, all.results.slice(0, 2));
});

Deno.test("texts that are too long are cut where the body says so, and to no other length", async () => {
  await assertCut("/rerank", (long) => ({ query: "The film", documents: [long] }));
});
