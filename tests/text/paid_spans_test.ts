import assert from "node:assert/strict";
import type { Span } from "../../src/text/encoding.ts";
import { paidSpans, withUnpaid } from "../../src/text/paid_spans.ts";

const offsets: Span[] = [[5, 8]];

Deno.test("a token that lies in what was left out is not paid", () => {
  const dropped: Span[] = [[0, 5], [8, 10]];
  const spans: Span[] = [[0, 2], [2, 5], [4, 6], [6, 8], [8, 9], [8, 10], [9, 12], [12, 12]];
  assert.deepEqual(paidSpans(spans, { dropped, offsets }), [2, 3, 6, 7]);
  assert.deepEqual(paidSpans(spans, { offsets }), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("what was read is paid to someone", () => {
  const dropped: Span[] = [[0, 5]];
  assert.deepEqual(paidSpans([[0, 2], [2, 4]], { dropped, offsets }), [0, 1]);
  assert.deepEqual(paidSpans([[0, 2], [2, 4]], { dropped, offsets: [] }), []);
});

Deno.test("tokens that are not paid have 0", () => {
  const paid = Float64Array.of(1, 2);
  assert.deepEqual(withUnpaid(paid, [1, 3], 4), Float64Array.of(0, 1, 0, 2));
  assert.equal(withUnpaid(paid, [0, 1], 2), paid);
});
