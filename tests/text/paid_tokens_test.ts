import assert from "node:assert/strict";
import fc from "fast-check";
import { paidCallerTokens, paidOwnTokens } from "../../src/text/paid_tokens.ts";
import type { Encoding, Span } from "../../src/text/encoding.ts";
import { readPart } from "../../src/text/read_part.ts";
import { goldenTokenizer, tokenizerNames } from "./golden.ts";
import { anyText, lengthOf } from "./unicode.ts";

/** An encoding of `offsets.length` completion tokens behind two of a prompt, closed by one. */
function encoding(offsets: Span[], completionLength: number): Encoding {
  const end = 2 + offsets.length;
  return {
    ids: new Int32Array(end + 1),
    completion: [2, end],
    closing: [end, end + 1],
    pool: [end],
    offsets,
    completionLength,
    truncated: false,
  };
}

Deno.test("own tokens are paid as they are, and drop what belongs to the closing ones", () => {
  const paid = paidOwnTokens(encoding([[0, 2], [2, 3]], 3));
  const perToken = Float64Array.of(1, 2);
  const projected = paid.project(perToken, 5);
  assert.equal(paid.count, 2);
  assert.deepEqual(projected, perToken);
  assert.notEqual(projected, perToken);
});

Deno.test("own tokens serve samples given as ids", () => {
  const ids: Encoding = { ...encoding([], 0), completion: [1, 3], closing: [3, 3] };
  assert.deepEqual(paidOwnTokens(ids).project(Float64Array.of(1, 2), 0), Float64Array.of(1, 2));
});

Deno.test("a span without width at the end receives what belongs to the closing tokens", () => {
  const paid = paidCallerTokens(encoding([[0, 2], [2, 3]], 3), [[0, 3], [3, 3], [3, 3]]);
  assert.equal(paid.count, 3);
  assert.deepEqual(paid.project(Float64Array.of(1, 2), 5), Float64Array.of(3, 5, 0));
});

Deno.test("without an end-of-sequence token the closing quantity is dropped", () => {
  const paid = paidCallerTokens(encoding([[0, 2], [2, 3]], 3), [[0, 1], [1, 1], [1, 3]]);
  assert.deepEqual(paid.project(Float64Array.of(2, 2), 5), Float64Array.of(1, 0, 3));
});

Deno.test("an empty completion may have an end-of-sequence token, or none", () => {
  const empty = encoding([], 0);
  assert.deepEqual(
    paidCallerTokens(empty, [[0, 0]]).project(new Float64Array(0), 5),
    Float64Array.of(5),
  );
  assert.equal(paidCallerTokens(empty, []).count, 0);
});

Deno.test("spans that are no ranges of the completion in reading order are refused", () => {
  const table: [spans: unknown, path: string, message: RegExp][] = [
    [[], "token_spans", /has 3 characters but no token: received \[\]$/],
    [[[0, 4]], "token_spans[0]", /within the completion's 3 characters: received \[0,4\]$/],
    [[[-1, 2]], "token_spans[0]", /within the completion's 3 characters/],
    [[[0, 1], [2, 1]], "token_spans[1]", /two whole numbers/],
    [[[0, 1.5]], "token_spans[0]", /two whole numbers/],
    [[[0, 1], [1, NaN]], "token_spans[1]", /two whole numbers/],
    [[[1, 2], [0, 3]], "token_spans[1]", /must not go back behind \[1, 2\]: received \[0,3\]$/],
    [[[0, 3], [1, 2]], "token_spans[1]", /must not go back/],
  ];
  for (const [spans, path, message] of table) {
    assert.throws(() => paidCallerTokens(encoding([[0, 2], [2, 3]], 3), spans as Span[]), {
      kind: "invalid_request",
      path,
      message,
    });
  }
});

Deno.test("ids have no characters to align to", () => {
  const ids: Encoding = { ...encoding([], 0), completion: [1, 3], closing: [3, 3] };
  assert.throws(() => paidCallerTokens(ids, [[0, 0]]), {
    kind: "invalid_request",
    path: "token_spans",
    message: /given as ids/,
  });
});

Deno.test("a caller with the same tokens gets every value as it is, whatever the text", async (t) => {
  for (const name of tokenizerNames) {
    await t.step(name, async () => {
      const tokenizer = await goldenTokenizer(name);
      await fc.assert(fc.asyncProperty(anyText(), async (completion) => {
        const [own] = await tokenizer.encode(
          [{ kind: "plain", prompt: "the ", completion }],
          "none",
        );
        assert.ok(own !== undefined && !(own instanceof Error));
        const end = lengthOf(completion);
        // A completion of nothing that this tokenizer keeps still needs a token of the caller's.
        const spans: Span[] = own.offsets.length > 0 ? [...own.offsets] : [[0, end]];
        const perToken = Float64Array.from(own.offsets, (_, at) => 1 / (at + 3));
        const paid = paidCallerTokens(own, [...spans, [end, end]]);
        const expected = own.offsets.length > 0 ? [...perToken, 0.5] : [0, 0.5];
        if (end === 0) expected.splice(0, 2, 0.5, 0);
        assert.deepEqual([...paid.project(perToken, 0.5)], expected);
      }));
    });
  }
});

Deno.test("between any two tokenizers nothing is lost, whatever the text", async () => {
  const encoders = await Promise.all(tokenizerNames.map((name) => goldenTokenizer(name)));
  const pick = fc.nat({ max: encoders.length - 1 });
  await fc.assert(fc.asyncProperty(anyText(), pick, pick, async (completion, model, caller) => {
    const sample = { kind: "plain", prompt: "end ", completion } as const;
    const [[own], [other]] = await Promise.all([
      encoders[model]!.encode([sample], "none"),
      encoders[caller]!.encode([sample], "none"),
    ]);
    assert.ok(own !== undefined && !(own instanceof Error));
    assert.ok(other !== undefined && !(other instanceof Error));
    if (other.offsets.length === 0) return;
    const perToken = Float64Array.from(own.offsets, (_, at) => Math.sin(at + 1));
    const projected = paidCallerTokens(own, other.offsets).project(perToken, 3);
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(total(projected) - total(perToken)) < 1e-9);
  }));
});

/** The same, read up to its first tokens only. */
function readUpTo(tokens: number, offsets: Span[], completionLength: number) {
  return readPart(encoding(offsets, completionLength), 2 + tokens);
}

Deno.test("paid tokens end where the completion was read to", () => {
  const offsets: Span[] = [[0, 2], [2, 3], [3, 5]];
  assert.equal(paidOwnTokens(readUpTo(2, offsets, 5)).count, 2);
  assert.equal(paidOwnTokens(readUpTo(0, offsets, 5)).count, 0);
});

Deno.test("a caller's token that begins before the end of what was read is the last that is paid", () => {
  const read = readUpTo(2, [[0, 2], [2, 3], [3, 7]], 7);
  const split = paidCallerTokens(read, [[0, 1], [1, 4], [4, 7]]);
  assert.equal(split.count, 2);
  assert.deepEqual(split.project(Float64Array.of(4, 1), 9), Float64Array.of(2, 3));
  // What was read is paid to the nearest where the caller has no token there.
  assert.equal(paidCallerTokens(read, [[5, 7]]).count, 1);
  assert.equal(paidCallerTokens(readUpTo(0, [[0, 4]], 4), [[0, 2], [2, 4]]).count, 0);
});

Deno.test("an end-of-sequence token stands for the end of the text, wherever that is read", () => {
  const read = readUpTo(1, [[0, 2], [2, 6]], 6);
  const paid = paidCallerTokens(read, [[0, 2], [2, 5], [5, 6], [6, 6], [6, 6]]);
  assert.deepEqual([paid.count, paid.indices, paid.closes], [2, [0, 3], true]);
  assert.deepEqual(paid.project(Float64Array.of(4), 1), Float64Array.of(4, 1));
  assert.equal(paid.lastOf(0), 0);
  const nothing = paidCallerTokens(readUpTo(0, [[0, 6]], 6), [[0, 6], [6, 6]]);
  assert.deepEqual(nothing.indices, [1]);
  assert.deepEqual(nothing.project(Float64Array.of(), 1), Float64Array.of(1));
});

Deno.test("paid tokens know their places among those that rewards are given for", () => {
  const own = paidOwnTokens(encoding([[0, 2], [2, 3]], 3));
  assert.deepEqual([own.indices, own.of(["a", "b"]), own.closes], [[0, 1], ["a", "b"], false]);
  const dropped: Encoding = { ...encoding([[4, 6]], 6), dropped: [[0, 4]] };
  const paid = paidCallerTokens(dropped, [[0, 4], [4, 6], [6, 6]]);
  assert.deepEqual([paid.indices, paid.of(["a", "b", "c"]), paid.closes], [
    [1, 2],
    ["b", "c"],
    true,
  ]);
  assert.equal(paid.lastOf(0), 0);
});

Deno.test("the last paid token of each of thousands of steps is found in one sweep", () => {
  const count = 30_000;
  const offsets = Array.from({ length: count }, (_, at): Span => [2 * at, 2 * at + 2]);
  const spans = Array.from({ length: 2 * count }, (_, at): Span => [at, at + 1]);
  const paid = paidCallerTokens(encoding(offsets, 2 * count), spans);
  assert.ok(offsets.every((_, at) => paid.lastOf(at) === 2 * at + 1));
});
