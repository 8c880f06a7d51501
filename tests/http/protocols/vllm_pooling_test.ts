import assert from "node:assert/strict";
import { fakeIds } from "../../support/fake_model.ts";
import { fakeApp } from "../fake_app.ts";

async function ask(body: unknown, query = ""): Promise<Response> {
  return await fakeApp().app.request(`/pooling${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const text = "The film was a delight.";
const messages = [{ role: "user", content: "How was it?" }, {
  role: "assistant",
  content: "So good",
}];

Deno.test("a row per token of the whole input, 0 before a text's first own token", async () => {
  const reply = await (await ask({ input: text, task: "reward" })).json();
  const [{ data, token_ids, offsets, completion_start, score, unassigned }] = reply.data;
  assert.deepEqual([data.length, offsets.length], [token_ids.length, token_ids.length]);
  assert.deepEqual([token_ids[0], completion_start, data[0]], [fakeIds.bos, 1, [0]]);
  assert.deepEqual([offsets[0], offsets[1], offsets.at(-1)[1]], [[0, 0], [0, 3], text.length]);
  const sum = data.flat().reduce((all: number, each: number) => all + each, 0);
  assert.ok(Math.abs(sum + unassigned - score) < 1e-9);
  assert.equal(reply.token_rewards_cover, "text");
});

Deno.test("of a conversation the rows of prompt and template are 0", async () => {
  const reply = await (await ask({ messages })).json();
  const [{ data, offsets, completion_start: start, score }] = reply.data;
  assert.equal(reply.token_rewards_cover, "completion");
  assert.ok(start > 3 && data.slice(0, start).flat().every((each: number) => each === 0));
  // The end-of-turn token of the template is behind the completion.
  assert.deepEqual([data.at(-1), offsets.at(-1)], [[0], [0, 0]]);
  assert.ok(Math.abs(data.flat().reduce((a: number, b: number) => a + b, 0) - score) < 1e-9);
});

Deno.test("ids are answered by themselves, without offsets", async () => {
  const { data: [{ token_ids, offsets, completion_start }] } = await (await ask({ input: [5, 6] }))
    .json();
  assert.deepEqual([token_ids, offsets, completion_start], [[5, 6], [], 0]);
});

Deno.test("base64 and bytes hold the same rows, in the element type and order that were asked", async () => {
  const input = [text, "dull"];
  const { data } = await (await ask({ input })).json();
  const rows: number[] = data.flatMap((each: { data: number[][] }) => each.data.flat());
  const form = { embed_dtype: "float16", endianness: "big" };
  const coded = await (await ask({ input, encoding_format: "base64", ...form })).json();
  const response = await ask({ input, encoding_format: "bytes", ...form });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const texts = coded.data.map((each: { data: string }) => [...Uint8Array.fromBase64(each.data)]);
  assert.deepEqual(texts.flat(), [...bytes]);
  const view = new DataView(bytes.buffer);
  rows.forEach((row, i) => assert.equal(view.getFloat16(2 * i), Math.f16round(row)));
  const said = JSON.parse(response.headers.get("metadata")!);
  assert.deepEqual(said.data[1].shape, [data[1].token_ids.length, 1]);
  assert.equal(said.data[1].end, bytes.length);
  const only = await ask({ input, encoding_format: "bytes_only", ...form });
  assert.equal(only.headers.get("metadata"), null);
  assert.deepEqual(new Uint8Array(await only.arrayBuffer()), bytes);
});

Deno.test("rows of steps are refused where the model scores whole completions", async () => {
  const response = await ask({ input: text }, "?rows=steps");
  const { error } = await response.json();
  assert.deepEqual([response.status, error.param], [400, "rows"]);
  assert.match(error.message, /scores whole completions/);
});
