import assert from "node:assert/strict";
import { permutedReply, permutedRewards, servePermuted } from "../../experiment/permutation.ts";
import { encodeFloats } from "../../src/wire/floats.ts";

const sorted = (values: readonly number[]) => values.toSorted((one, other) => one - other);

Deno.test("the same amounts stand in other places, and the rest of the score stays at the end", () => {
  const shares = [0.1, 0.2, 0.3, 0.15, 0.05, 0.2];
  const rewards = Float64Array.from(shares, (share, t) => 0.8 * share * 2 + (t === 5 ? 0.4 : 0));
  const permuted = permutedRewards(rewards, { rest: 0.4, text: "a" });
  assert.notDeepEqual(permuted, [...rewards]);
  const earned = permuted.map((reward, t) => t === 5 ? reward - 0.4 : reward);
  const expected = sorted(shares.map((share) => 0.8 * share * 2));
  sorted(earned).forEach((each, t) => assert.ok(Math.abs(each - expected[t]!) < 1e-12));
});

Deno.test("the order is that of the text: the same again, and another for another text", () => {
  const rewards = Float64Array.from({ length: 30 }, (_, t) => t);
  const of = (text: string) => permutedRewards(rewards, { rest: 0, text });
  assert.deepEqual(of("a"), of("a"));
  assert.notDeepEqual(of("a"), of("b"));
});

Deno.test("over many texts every place gets every share alike often", () => {
  const rewards = Float64Array.of(1, 0, 0, 0);
  const counts = [0, 0, 0, 0];
  for (let text = 0; text < 4_000; text++) {
    counts[permutedRewards(rewards, { rest: 0, text: String(text) }).indexOf(1)]!++;
  }
  // Four standard deviations of a binomial count around a quarter.
  for (const count of counts) assert.ok(Math.abs(count - 1_000) < 110, counts.join());
});

Deno.test("a completion of one token or none is left as it is", () => {
  assert.deepEqual(permutedRewards(Float64Array.of(2), { rest: 0.4, text: "a" }), [2]);
  assert.deepEqual(permutedRewards(new Float64Array(0), { rest: 0, text: "a" }), []);
});

const asked = { items: [{ prompt: "p", completions: ["one", "two"] }] };
const completion = (score: number) => ({
  score,
  rewards: encodeFloats(Float64Array.of(score * 0.5, score * 0.3, score * 0.2), "base64"),
  credit: [0.5, 0.3, 0.2],
  truncated: false,
});
const answered = {
  credit: { method: "abc", beta: 0.8 },
  items: [{ completions: [completion(1), completion(-2)] }],
};

Deno.test("a reply keeps its scores and sums, without the shares that no longer apply", () => {
  const { items: [item], credit } = permutedReply(asked, answered);
  assert.deepEqual(credit, answered.credit);
  assert.deepEqual(item!.completions.map(({ score }) => score), [1, -2]);
  for (const { rewards, score, ...others } of item!.completions) {
    const sum = (rewards as number[]).reduce((total, reward) => total + reward, 0);
    assert.ok(Math.abs(sum - score) < 1e-6);
    assert.deepEqual(others, { truncated: false });
  }
});

Deno.test("the server permutes rewards, and passes on everything else with its status", async () => {
  await using behind = startBehind();
  await using server = servePermuted({ of: behind.url, port: 0 });
  const models = await fetch(`${server.url}/v1/models`);
  assert.deepEqual(await models.json(), { data: "models" });
  const ask = (body: unknown) =>
    fetch(`${server.url}/v1/rewards`, { method: "POST", body: JSON.stringify(body) });
  const replied = await (await ask(asked)).json();
  assert.deepEqual(replied, JSON.parse(JSON.stringify(permutedReply(asked, answered))));
  const refused = await ask({ items: [] });
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), { error: "no items" });
});

function startBehind() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.url.endsWith("/v1/models")) return Response.json({ data: "models" });
    const { items } = await request.json();
    return items.length > 0
      ? Response.json(answered)
      : Response.json({ error: "no items" }, { status: 400 });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}
