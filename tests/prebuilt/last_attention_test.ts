import assert from "node:assert/strict";
import { viewOf } from "../../src/prebuilt/graph_view.ts";
import { type AttentionSearch, lastAttention } from "../../src/prebuilt/last_attention.ts";
import { graphOf } from "./written.ts";

function search(lines: string): AttentionSearch {
  return lastAttention(viewOf(graphOf(lines)), { tokens: "input_ids", logits: "logits" });
}

function weights(lines: string): string | undefined {
  const found = search(lines);
  return "weights" in found ? found.weights : undefined;
}

const projections = `
  states = Gather(table, input_ids)
  queries = MatMul(states, wq)
  keys = MatMul(states, wk)
  values = MatMul(states, wv)`;
const head = "logits = Gemm(read, w)";
const first = `read = Gather(context, zero)
  ${head}`;

Deno.test("the softmax is found whatever exporters write around it", () => {
  const ways = {
    plain: "scores = MatMul(queries, keys)\n probs = Softmax(scores)",
    scaled: "raw = MatMul(queries, keys)\n scores = Div(raw, root)\n probs = Softmax(scores)",
    masked: "raw = MatMul(queries, keys)\n scores = Add(raw, mask)\n probs = Softmax(scores)",
    chosen:
      "raw = MatMul(queries, keys)\n scores = Where(mask, raw, least)\n probs = Softmax(scores)",
    cast:
      "raw = MatMul(queries, keys)\n wide = Cast(raw)\n soft = Softmax(wide)\n probs = Cast(soft)",
    capped:
      "raw = MatMul(queries, keys)\n small = Div(raw, cap)\n bent = Tanh(small)\n scores = Mul(bent, cap)\n probs = Softmax(scores)",
    nan:
      "scores = MatMul(queries, keys)\n soft = Softmax(scores)\n lost = IsNaN(soft)\n probs = Where(lost, zero, soft)",
    joined: "raw = MatMul(queries, keys)\n soft = Softmax(raw)\n probs = Reshape(soft, three)",
    summed: "raw = Einsum(queries, keys)\n scores = Add(raw, bias)\n probs = Softmax(scores)",
  };
  for (const [way, lines] of Object.entries(ways)) {
    const found = weights(`${projections}\n ${lines}\n context = MatMul(probs, values)\n ${first}`);
    assert.equal(found, "probs", way);
  }
});

Deno.test("of several layers the last is found, and one that no logit depends on is passed over", () => {
  const layers = `${projections}
    s1 = MatMul(queries, keys)
    p1 = Softmax(s1)
    c1 = MatMul(p1, values)
    q2 = MatMul(c1, wq)
    k2 = MatMul(c1, wk)
    v2 = MatMul(c1, wv)
    s2 = MatMul(q2, k2)
    p2 = Softmax(s2)
    context = MatMul(p2, v2)
    unused = MatMul(p2, c1)
    ${first}`;
  assert.equal(weights(layers), "p2");
});

Deno.test("where it is not certain, the reason is told", () => {
  const attended = `${projections}
    s = MatMul(queries, keys)
    p = Softmax(s)
    context = MatMul(p, values)`;
  const cases: [string, RegExp][] = [
    [
      `${projections}\n context = MultiHeadAttention(queries, keys, values)\n ${first}`,
      /MultiHeadAttention/,
    ],
    [`${projections}\n context = Tanh(values)\n ${first}`, /no softmax over the product/],
    [
      `${projections}\n p = Softmax(queries)\n context = MatMul(p, values)\n ${first}`,
      /no softmax over/,
    ],
    [
      `${projections}\n s = MatMul(queries, wk)\n p = Softmax(s)\n context = MatMul(p, wv)\n ${first}`,
      /no softmax/,
    ],
    [`${attended}\n mixed = Conv(context, kernel)\n read = Gather(mixed, zero)\n ${head}`, /Conv/],
    [
      `${attended}\n mixed = MatMul(context, values)\n read = Gather(mixed, zero)\n ${head}`,
      /MatMul/,
    ],
    [
      `${attended}\n s2 = MatMul(keys, queries)\n p2 = Softmax(s2)\n c2 = MatMul(p2, values)\n both = Add(context, c2)\n read = Gather(both, zero)\n ${head}`,
      /beside each other/,
    ],
  ];
  for (const [lines, reason] of cases) {
    const found = search(lines);
    assert.ok("missing" in found, JSON.stringify(found));
    assert.match(found.missing, reason);
  }
});

Deno.test("a head that takes sums or means is told from one that reads a token", () => {
  const attended =
    `${projections}\n s = MatMul(queries, keys)\n p = Softmax(s)\n context = MatMul(p, values)`;
  const reduced = search(`${attended}\n read = ReduceMean(context)\n ${head}`);
  const picked = search(`${attended}\n ${first}`);
  assert.ok("weights" in reduced && reduced.isReduced);
  assert.ok("weights" in picked && !picked.isReduced);
});
