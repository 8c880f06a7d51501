import assert from "node:assert/strict";
import { joinIds, locateCompletion, type Region } from "../../src/text/tokenized_sample.ts";
import type { Span } from "../../src/text/encoding.ts";
import type { Tokens } from "../../src/text/tokenizer.ts";

function tokens(spans: Span[], options: Partial<Tokens> = {}): Tokens {
  return {
    ids: Int32Array.from(spans.keys()),
    starts: Int32Array.from(spans, ([start]) => start),
    ends: Int32Array.from(spans, ([, end]) => end),
    texts: [[0, spans.length]],
    cores: new Map(),
    ...options,
  };
}

const joined = { vocabulary: 10, typed: false };

function region(start: number, end: number, trimmed = 0): Region {
  const length = end - start;
  return {
    start,
    end,
    length: trimmed + length,
    parts: length === 0 ? [] : [{ text: start, completion: trimmed, length }],
  };
}

Deno.test("a token that straddles the prompt's end is the completion's, clipped at 0", () => {
  const sample = locateCompletion(tokens([[0, 3], [3, 7], [7, 9]]), region(5, 9));
  assert.deepEqual(sample.completion, [1, 3]);
  assert.deepEqual(sample.offsets, [[0, 2], [2, 4]]);
});

Deno.test("a token that straddles the completion's end is its own, clipped there", () => {
  const sample = locateCompletion(tokens([[0, 3], [3, 7], [7, 9]]), region(3, 5));
  assert.deepEqual(sample.completion, [1, 2]);
  assert.deepEqual(sample.offsets, [[0, 2]]);
});

Deno.test("a token over both ends is the completion's", () => {
  const sample = locateCompletion(tokens([[0, 9]]), region(3, 5));
  assert.deepEqual(sample.completion, [0, 1]);
  assert.deepEqual(sample.offsets, [[0, 2]]);
});

Deno.test("pieces of one character share its span", () => {
  const sample = locateCompletion(tokens([[0, 1], [1, 2], [1, 2], [1, 2], [2, 3]]), region(1, 3));
  assert.deepEqual(sample.completion, [1, 5]);
  assert.deepEqual(sample.offsets, [[0, 1], [0, 1], [0, 1], [1, 2]]);
});

Deno.test("added tokens are not the completion's, although they claim the text's start", () => {
  const around = tokens([[0, 0], [0, 2], [2, 4], [0, 0], [0, 0]], { texts: [[1, 3]] });
  assert.deepEqual(locateCompletion(around, region(0, 4)).completion, [1, 3]);
  assert.deepEqual(locateCompletion(around, region(4, 4)).completion, [3, 3]);
  assert.deepEqual(locateCompletion(around, region(0, 0)).completion, [1, 1]);
});

Deno.test("a completion without tokens stands where they would", () => {
  // Spaces have no tokens here.
  const words = tokens([[0, 3], [6, 9]]);
  assert.deepEqual(locateCompletion(words, region(3, 6)).completion, [1, 1]);
  assert.deepEqual(locateCompletion(words, region(9, 12)).completion, [2, 2]);
  assert.deepEqual(locateCompletion(words, region(3, 6)).offsets, []);
});

Deno.test("an empty completion inside a token has no tokens and comes behind it", () => {
  const sample = locateCompletion(tokens([[0, 2], [2, 6], [6, 7]]), region(4, 4));
  assert.deepEqual(sample.completion, [2, 2]);
  assert.deepEqual(sample.offsets, []);
});

Deno.test("offsets count the completion as given, also across what the template left out", () => {
  const parts = [{ text: 2, completion: 5, length: 3 }, { text: 7, completion: 10, length: 2 }];
  const spans: Span[] = [[0, 2], [2, 4], [4, 6], [6, 7], [6, 8], [8, 9], [9, 10]];
  const sample = locateCompletion(tokens(spans), { start: 2, end: 9, length: 14, parts });
  assert.deepEqual(sample.completion, [1, 6]);
  // The fourth token is the template's, and stands before the next part.
  assert.deepEqual(sample.offsets, [[5, 7], [7, 8], [10, 10], [10, 11], [11, 12]]);
  assert.deepEqual(sample.dropped, [[0, 5], [8, 10], [12, 14]]);
});

Deno.test("offsets count the completion as given, also where its start was trimmed", () => {
  const sample = locateCompletion(tokens([[0, 5], [5, 8]]), region(5, 8, 2));
  assert.deepEqual(sample.offsets, [[2, 5]]);
  assert.equal(sample.completionLength, 5);
});

Deno.test("special tokens that swallowed the completion's outer space stay the template's", () => {
  // <user>·hi··<end>, where <user> takes the space behind it and <end> the space before it.
  const spans: Span[] = [[0, 7], [7, 9], [9, 16]];
  const cores = new Map<number, Span>([[0, [0, 6]], [2, [11, 16]]]);
  const sample = locateCompletion(tokens(spans, { cores }), region(6, 11));
  assert.deepEqual(sample.completion, [1, 2]);
  assert.deepEqual(sample.offsets, [[1, 3]]);
});

Deno.test("in a pair the second text is the completion, whatever the first one's spans", () => {
  // [CLS] a b [SEP] c d [SEP]
  const spans: Span[] = [[0, 0], [0, 1], [2, 9], [0, 0], [0, 1], [1, 3], [0, 0]];
  const types = Int32Array.of(0, 0, 0, 0, 1, 1, 1);
  const pair = tokens(spans, { types, texts: [[1, 3], [4, 6]] });
  const sample = locateCompletion(pair, region(0, 3));
  assert.deepEqual(sample.prompt, [1, 3]);
  assert.deepEqual(sample.completion, [4, 6]);
  assert.deepEqual(sample.offsets, [[0, 1], [1, 3]]);
  assert.equal(sample.types, types);
});

Deno.test("an empty completion of a pair stands between its separators", () => {
  const pair = tokens([[0, 0], [0, 1], [0, 0], [0, 0]], { texts: [[1, 2], [3, 3]] });
  const sample = locateCompletion(pair, region(0, 0));
  assert.deepEqual([sample.prompt, sample.completion], [[1, 2], [3, 3]]);
});

Deno.test("ids of a pair have the types of the texts that they stand for", () => {
  const ids = { kind: "ids", promptIds: [5, 6], completionIds: [7] } as const;
  assert.deepEqual(joinIds(ids, { vocabulary: 10, typed: true }).types, Int32Array.of(0, 0, 1));
  assert.equal(joinIds(ids, joined).types, undefined);
});

Deno.test("ids are joined and nothing is added", () => {
  const sample = joinIds({ kind: "ids", promptIds: [5, 6], completionIds: [7, 8, 9] }, joined);
  assert.deepEqual([...sample.ids], [5, 6, 7, 8, 9]);
  assert.deepEqual(sample.completion, [2, 5]);
  assert.deepEqual(sample.offsets, []);
  assert.equal(sample.completionLength, 0);
});

Deno.test("either side may be empty", () => {
  const none = joinIds({ kind: "ids", promptIds: [], completionIds: [] }, joined);
  assert.deepEqual(none.completion, [0, 0]);
  const prompt = joinIds({ kind: "ids", promptIds: [1], completionIds: [] }, joined);
  assert.deepEqual(prompt.completion, [1, 1]);
});

Deno.test("an id without an embedding is an invalid request that names its place", () => {
  for (const bad of [10, -1, 1.5, NaN, Infinity, 2 ** 32]) {
    assert.throws(
      () => joinIds({ kind: "ids", promptIds: [1, bad], completionIds: [] }, joined),
      {
        kind: "invalid_request",
        path: "prompt_ids[1]",
        message: `Cannot encode as the model's token ids go from 0 to 9: received ${bad}`,
      },
    );
    assert.throws(
      () => joinIds({ kind: "ids", promptIds: [1], completionIds: [2, 3, bad] }, joined),
      { kind: "invalid_request", path: "completion_ids[2]" },
    );
  }
});
