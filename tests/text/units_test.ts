import assert from "node:assert/strict";
import fc from "fast-check";
import type { Encoding, Span } from "../../src/text/encoding.ts";
import { paidCallerTokens, paidOwnTokens } from "../../src/text/paid_tokens.ts";
import { type PlacedUnits, stepUnits, textUnits, tokenUnits } from "../../src/text/units.ts";

/** An encoding of these tokens behind two of a prompt, closed by one. */
function encoding(offsets: readonly Span[]): Encoding {
  const end = 2 + offsets.length;
  const completionLength = offsets.at(-1)?.[1] ?? 0;
  const ids = new Int32Array(end + 1);
  const places = { completion: [2, end], closing: [end, end + 1], pool: [end] } as const;
  return { ids, ...places, offsets, completionLength, truncated: false };
}

/** Stretches that end at `ends`, of the model's tokens and perhaps of a caller's. */
function stretches(ends: number[], tokens: readonly Span[], spans?: readonly Span[]): PlacedUnits {
  const read = encoding(tokens);
  const paid = spans === undefined ? paidOwnTokens(read) : paidCallerTokens(read, spans);
  return textUnits(paid, { ends, tokens, paid: paid.of(spans ?? tokens) });
}

Deno.test("each token is a unit", () => {
  const paid = paidOwnTokens(encoding([[0, 2], [2, 3]]));
  const units = tokenUnits(paid, 2);
  assert.deepEqual([units.count, units.parts, units.paid], [2, [[0, 1], [1, 2]], [[0, 1], [1, 2]]]);
  assert.deepEqual([...units.project(Float64Array.of(1, 2), 5)], [1, 2]);
});

Deno.test("a token that straddles an end belongs to the unit that holds its last character", () => {
  // "No. Well." in tokens "No.", " Wel", "l.": the space before a word begins its sentence.
  const units = stretches([4, 9], [[0, 3], [3, 7], [7, 9]]);
  assert.deepEqual([units.parts, units.paid], [[[0, 1], [1, 3]], [[0, 1], [1, 3]]]);
  assert.deepEqual(units.characters, [[0, 4], [4, 9]]);
  assert.deepEqual([...units.project(Float64Array.of(1, 2), 5)], [1, 2]);
});

Deno.test("a unit in which no token ends is one with the next", () => {
  const units = stretches([2, 4, 8], [[0, 4], [4, 8]]);
  assert.deepEqual([units.paid, units.characters], [[[0, 1], [1, 2]], [[0, 4], [4, 8]]]);
  assert.equal(stretches([2, 4, 6], [[0, 6]]).count, 1);
});

Deno.test("a caller's tokens are paid for the unit in which they end, the model's are measured there", () => {
  const units = stretches([4, 9], [[0, 5], [5, 9]], [[0, 2], [2, 4], [4, 9], [9, 9]]);
  // The model's first token ends in the second sentence, so nothing was measured for the first.
  assert.deepEqual([units.parts, units.paid], [[[0, 2]], [[0, 2], [2, 4]]]);
  assert.deepEqual([...units.project(Float64Array.of(3), 1)], [0, 3 + 1]);
});

Deno.test("an end-of-sequence token belongs to the last unit, and brings it what closes the text", () => {
  const spans: Span[] = [[0, 4], [4, 9]];
  const [without, withOne] = [spans, [...spans, [9, 9] as const]].map((spans) =>
    stretches([4, 9], [[0, 4], [4, 9]], spans)
  );
  assert.deepEqual([...without!.project(Float64Array.of(1, 2), 4)], [1, 2]);
  assert.deepEqual([...withOne!.project(Float64Array.of(1, 2), 4)], [1, 6]);
  assert.deepEqual(withOne!.paid, [[0, 1], [1, 3]]);
});

Deno.test("an empty completion has no unit, or that of its end-of-sequence token", () => {
  assert.equal(stretches([0], []).count, 0);
  assert.deepEqual([...stretches([0], []).project(new Float64Array(0), 2)], []);
  const closed = stretches([0], [], [[0, 0]]);
  assert.deepEqual([...closed.project(new Float64Array(0), 2)], [2]);
});

Deno.test("the steps of a process reward model are units", () => {
  const paid = paidOwnTokens(encoding([[0, 1], [1, 2], [2, 3], [3, 4]]));
  const units = stepUnits(paid, { tokens: 4, ends: [1, 2] });
  assert.deepEqual([units.parts, units.paid], [[[0, 2], [2, 4]], [[0, 2], [2, 4]]]);
  assert.equal(units.characters, undefined);
});

Deno.test("parts hold every token once and pay every paid token once, and nothing measured is lost", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { maxLength: 20 })
    .map((cuts) => [...cuts, 30].toSorted((a, b) => a - b));
  const spansOf = (cuts: readonly number[]) => cuts.map((end, i): Span => [cuts[i - 1] ?? 0, end]);
  fc.assert(fc.property(cuts, cuts, fc.option(cuts), (ends, tokens, spans) => {
    const own = spansOf(tokens);
    const units = stretches(ends, own, spans === null ? undefined : spansOf(spans));
    for (
      const [ranges, count] of [[units.parts, own.length], [
        units.paid,
        (spans ?? own).length,
      ]] as const
    ) {
      assert.deepEqual(
        ranges.map(([start]) => start),
        [0, ...ranges.map(([, end]) => end)].slice(0, -1),
      );
      assert.equal(ranges.at(-1)?.[1], count);
      assert.ok(ranges.every(([start, end]) => start < end));
    }
    const perPart = Float64Array.from(units.parts, (_, part) => part + 0.5);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    assert.equal(sum(units.project(perPart, 0)), sum(perPart));
    assert.deepEqual(
      units.characters?.map(([, end]) => end).every((end) => ends.includes(end)),
      true,
    );
  }));
});
