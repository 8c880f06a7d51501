import assert from "node:assert/strict";
import type { Encoding } from "../../src/text/encoding.ts";
import { readPart } from "../../src/text/read_part.ts";

/** Two tokens of a prompt, three of a completion, one that closes it. */
const encoding: Encoding = {
  ids: Int32Array.of(10, 11, 12, 13, 14, 15),
  completion: [2, 5],
  closing: [5, 6],
  pool: [3],
  offsets: [[0, 2], [2, 3], [3, 7]],
  completionLength: 7,
  truncated: false,
};

Deno.test("a completion that is read to its end or beyond is read whole", () => {
  for (const seen of [5, 6]) {
    assert.equal(readPart(encoding, seen), encoding);
  }
});

Deno.test("what stands behind the token that the score is read at was not read", () => {
  const read = readPart(encoding, 4);
  assert.deepEqual([read.completion, read.offsets, read.unread], [[2, 4], [[0, 2], [2, 3]], 1]);
  assert.deepEqual([read.ids, read.closing], [encoding.ids, encoding.closing]);
});

Deno.test("of a completion behind that token nothing was read, and it stays in its place", () => {
  for (const seen of [0, 1, 2]) {
    const read = readPart(encoding, seen);
    assert.deepEqual([read.completion, read.offsets, read.unread], [[2, 2], [], 3]);
  }
});

Deno.test("ids have no offsets to cut", () => {
  assert.deepEqual(readPart({ ...encoding, offsets: [] }, 3).offsets, []);
});
