import assert from "node:assert/strict";
import fc from "fast-check";
import { alignSpans, lastTargets } from "../../src/text/align_spans.ts";
import type { Span } from "../../src/text/encoding.ts";

function carry(sources: Span[], targets: Span[], length: number, values: number[]): number[] {
  return [...alignSpans(sources, targets, length)(Float64Array.from(values))];
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function close(got: Iterable<number>, want: Iterable<number>, about = ""): void {
  const [left, right] = [[...got], [...want]];
  assert.equal(left.length, right.length);
  const scale = Math.max(1, ...right.map(Math.abs));
  left.forEach((value, at) =>
    assert.ok(Math.abs(value - right[at]!) <= 1e-9 * scale, `${left} is not ${right} ${about}`)
  );
}

const LENGTH = 24;

/** Spans in reading order over a text of LENGTH characters: gaps, sharers and empty ones included. */
function anySpans(minLength = 0): fc.Arbitrary<Span[]> {
  const step = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 4 }));
  return fc.array(step, { minLength, maxLength: 14 }).map((steps) => {
    let [start, end] = [0, 0];
    return steps.map(([forward, width]): Span => {
      start = Math.min(LENGTH, start + forward);
      end = Math.min(LENGTH, Math.max(end, start + width));
      return [start, end];
    });
  });
}

function valuesFor(spans: readonly Span[]): fc.Arbitrary<number[]> {
  // Adding 0 keeps a negative zero out, which no sum keeps.
  const value = fc.double({ min: -10, max: 10, noNaN: true }).map((number) => number + 0);
  return fc.array(value, { minLength: spans.length, maxLength: spans.length });
}

const anyCarry = fc.tuple(anySpans(), anySpans(1)).chain(([sources, targets]) =>
  valuesFor(sources).map((values) => ({ sources, targets, values }))
);

Deno.test("a token's value is split by overlapping characters", () => {
  close(carry([[0, 4]], [[0, 1], [1, 4]], 4, [8]), [2, 6]);
  close(carry([[0, 2], [2, 4]], [[0, 3], [3, 4]], 4, [2, 4]), [4, 2]);
});

Deno.test("targets that share characters share what falls on them equally", () => {
  close(carry([[0, 1]], [[0, 1], [0, 1], [0, 1]], 1, [9]), [3, 3, 3]);
  close(carry([[0, 2]], [[0, 2], [1, 2]], 2, [8]), [6, 2]);
});

Deno.test("where both sides cut a stretch alike, every token keeps its own value", () => {
  const pieces: Span[] = [[0, 2], [1, 2], [1, 2], [2, 5]];
  assert.deepEqual(carry(pieces, pieces, 5, [1, 20, 300, 4000]), [1, 20, 300, 4000]);
  // The stretch behind is cut otherwise; the pieces of the emoji do not mind.
  close(
    carry([...pieces, [5, 9]], [...pieces, [5, 6], [6, 9]], 9, [1, 20, 300, 4000, 8]),
    [1, 20, 300, 4000, 2, 6],
  );
});

Deno.test("a token over a gap gives all to what it overlaps, not to the gap", () => {
  close(carry([[0, 6]], [[0, 1], [4, 6]], 6, [9]), [3, 6]);
});

Deno.test("a token that overlaps none goes to the nearest, of two as near to the one behind", () => {
  const targets: Span[] = [[2, 4], [8, 10]];
  assert.deepEqual(carry([[0, 1]], targets, 12, [1]), [1, 0]);
  assert.deepEqual(carry([[4, 5]], targets, 12, [1]), [1, 0]);
  assert.deepEqual(carry([[5, 7]], targets, 12, [1]), [0, 1]);
  assert.deepEqual(carry([[7, 8]], targets, 12, [1]), [0, 1]);
  assert.deepEqual(carry([[11, 12]], targets, 12, [1]), [0, 1]);
  assert.deepEqual(carry([[3, 3], [6, 6]], targets, 12, [1, 1]), [1, 1]);
});

Deno.test("targets without width take a value only where there are no others", () => {
  assert.deepEqual(carry([[1, 2]], [[0, 1], [2, 2]], 2, [5]), [5, 0]);
  assert.deepEqual(carry([[0, 2]], [[2, 2]], 2, [5]), [5]);
});

Deno.test("nothing is lost, whatever the spans", () => {
  fc.assert(fc.property(anyCarry, ({ sources, targets, values }) => {
    const carried = carry(sources, targets, LENGTH, values);
    assert.equal(carried.length, targets.length);
    close([sum(carried)], [sum(values)]);
  }));
});

Deno.test("what is nowhere negative stays so", () => {
  fc.assert(fc.property(anyCarry, ({ sources, targets, values }) => {
    const carried = carry(sources, targets, LENGTH, values.map(Math.abs));
    assert.ok(carried.every((value) => value >= 0));
  }));
});

Deno.test("spans carried to themselves keep every value to the last bit", () => {
  fc.assert(fc.property(
    anySpans().map((spans) => spans.filter(([start, end]) => start < end))
      .chain((spans) => valuesFor(spans).map((values) => ({ spans, values }))),
    ({ spans, values }) => {
      if (spans.length === 0) return;
      assert.deepEqual(carry(spans, spans, LENGTH, values), values);
    },
  ));
});

Deno.test("the sweep agrees with splitting character by character", () => {
  fc.assert(fc.property(anyCarry, ({ sources, targets, values }) => {
    const want = new Float64Array(targets.length);
    let compared = true;
    sources.forEach((source, at) => {
      const covered = charactersOf(source).filter((c) => sharersOf(c, targets).length > 0);
      // The other rules have their own tests.
      if (covered.length === 0 || inAlikeStretch(source, sources, targets)) compared = false;
      for (const character of covered) {
        const sharers = sharersOf(character, targets);
        for (const target of sharers) {
          want[target]! += values[at]! / covered.length / sharers.length;
        }
      }
    });
    if (compared) close(carry(sources, targets, LENGTH, values), want);
  }));
});

function charactersOf([start, end]: Span): number[] {
  return Array.from({ length: end - start }, (_, at) => start + at);
}

function sharersOf(character: number, targets: readonly Span[]): number[] {
  return [...targets.keys()].filter((at) =>
    targets[at]![0] <= character && character < targets[at]![1]
  );
}

/** Grows a stretch around a span until nothing crosses its ends; slow and plain. */
function inAlikeStretch(span: Span, sources: readonly Span[], targets: readonly Span[]): boolean {
  let [start, end] = span;
  const wide = [...sources, ...targets].filter(([from, to]) => from < to);
  for (let round = 0; round <= wide.length; round++) {
    for (const [from, to] of wide) {
      if (from < end && to > start) [start, end] = [Math.min(start, from), Math.max(end, to)];
    }
  }
  const inside = (spans: readonly Span[]) =>
    JSON.stringify(spans.filter(([from, to]) => from < to && from >= start && to <= end));
  return inside(sources) === inside(targets);
}

Deno.test("the last target of a source is the last that gets any of its value", () => {
  fc.assert(fc.property(anySpans(), anySpans(1), (sources, targets) => {
    const carry = alignSpans(sources, targets, LENGTH);
    const last = sources.map((_, at) =>
      carry(Float64Array.from(sources, (_, source) => source === at ? 1 : 0))
        .findLastIndex((part) => part > 0)
    );
    assert.deepEqual([...lastTargets(sources, targets, LENGTH)], last);
  }));
});

Deno.test("thousands of tokens, and thousands over the same characters, are swept once", () => {
  const count = 8_192;
  const words = Array.from({ length: count }, (_, at): Span => [5 * at, 5 * at + 5]);
  const shifted = Array.from(
    { length: count },
    (_, at): Span => [5 * at + (at ? 2 : 0), 5 * at + 7],
  );
  const length = 5 * count + 7;
  const values = new Float64Array(count).fill(1);
  close([sum(alignSpans(words, shifted, length)(values))], [count]);
  const same = Array.from({ length: 100_000 }, (): Span => [0, length]);
  const carried = alignSpans(words, same, length)(values);
  close([sum(carried), carried[0]!], [count, count / same.length]);
});
