import assert from "node:assert/strict";
import fc from "fast-check";
import { type PrefixTree, prefixTree, type Segment } from "../../src/tree/prefix_tree.ts";
import { batches, beginnings, distinct, policies, typedBatches, untyped } from "./batches.ts";

const everything = { tokensPerBranch: 0, sharesUpTo: Infinity };
const ids = (...sequences: number[][]) => sequences.map((each) => Int32Array.from(each));

/** The packed tokens, and for every sequence the token at each of its positions. */
function read(tree: PrefixTree, sequences: readonly Int32Array[]) {
  const packed = new Int32Array(tree.tokens);
  for (const { first, ids } of tree.segments) packed.set(ids, first);
  const tokens = sequences.map(({ length }, i) => {
    const path: number[] = [];
    for (let segment: Segment | undefined = tree.ends[i]; segment; segment = segment.parent) {
      path.unshift(...Array.from(segment.ids, (_, at) => segment!.first + at));
    }
    return path.slice(0, length);
  });
  return { packed, tokens };
}

Deno.test("every sequence can be read back, token by token", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const tree = prefixTree(untyped(sequences), policy);
    const { packed, tokens } = read(tree, sequences);
    sequences.forEach((sequence, i) => {
      assert.deepEqual(tokens[i]?.map((token) => packed[token]), [...sequence]);
      const end = tree.ends[i]!;
      assert.ok(end.start < sequence.length && sequence.length <= end.start + end.ids.length);
    });
  }));
});

Deno.test("segments stand one behind another, each where its parent ends", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const { segments, tokens } = prefixTree(untyped(sequences), policy);
    let next = 0;
    for (const { first, ids, start, parent, sequenceLength } of segments) {
      assert.equal(first, next);
      assert.ok(ids.length > 0);
      assert.equal(start, parent === undefined ? 0 : parent.start + parent.ids.length);
      assert.ok(parent === undefined || parent.first < first, "parents come first");
      assert.ok(sequenceLength >= start + ids.length);
      next += ids.length;
    }
    assert.equal(tokens, next);
  }));
});

Deno.test("where every branch pays, every beginning is held exactly once", () => {
  fc.assert(fc.property(batches, (sequences) => {
    assert.equal(prefixTree(untyped(sequences), everything).tokens, beginnings(sequences).size);
  }));
});

Deno.test("no token is held more often than its sequences come, duplicates being one", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const { tokens } = prefixTree(untyped(sequences), policy);
    const unshared = distinct(sequences).reduce((sum, { length }) => sum + length, 0);
    assert.ok(beginnings(sequences).size <= tokens && tokens <= unshared);
  }));
});

Deno.test("every branch saves more tokens than it must", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const { segments } = prefixTree(untyped(sequences), policy);
    for (const segment of segments) {
      const leaves = segments.filter((each) => isAbove(segment, each) && isLeaf(each, segments));
      if (leaves.length === 0) continue;
      const saved = segment.ids.length * (leaves.length - 1);
      assert.ok(saved > policy.tokensPerBranch, `${saved} tokens saved`);
    }
  }));
});

Deno.test("where no branch pays, nothing but duplicates is shared", () => {
  fc.assert(fc.property(batches, (sequences) => {
    const tree = prefixTree(untyped(sequences), {
      tokensPerBranch: Infinity,
      sharesUpTo: Infinity,
    });
    assertApart(tree, sequences, () => true);
  }));
});

Deno.test("sequences that are too long share nothing but duplicates", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const tree = prefixTree(untyped(sequences), policy);
    assertApart(tree, sequences, (sequence) => sequence.length > policy.sharesUpTo);
  }));
});

Deno.test("sequences with types share nothing but duplicates that agree in both", () => {
  fc.assert(fc.property(typedBatches, policies, (sequences, policy) => {
    const { segments, ends } = prefixTree(sequences, policy);
    for (const [i, { ids, types }] of sequences.entries()) {
      if (types === undefined) continue;
      assert.deepEqual([ends[i]!.ids, ends[i]!.types, ends[i]!.start], [ids, types, 0]);
      for (const [k, other] of sequences.entries()) {
        const alike: boolean = `${ids}` === `${other.ids}` && `${types}` === `${other.types}`;
        assert.equal(ends[i] === ends[k], alike);
      }
      assert.ok(segments.every(({ parent }) => parent !== ends[i]));
    }
  }));
});

Deno.test("the order of sequences changes nothing but the order", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const [tree, turned] = [
      prefixTree(untyped(sequences), policy),
      prefixTree(untyped(sequences.toReversed()), policy),
    ];
    assert.deepEqual(turned.segments, tree.segments);
    assert.deepEqual(turned.ends.toReversed(), tree.ends);
  }));
});

Deno.test("completions of one prompt hang under it", () => {
  const sequences = ids([1, 2, 3, 7, 7], [1, 2, 3, 8], [9], [1, 2, 3, 8]);
  const { segments, ends, tokens } = prefixTree(untyped(sequences), {
    tokensPerBranch: 2,
    sharesUpTo: 99,
  });
  assert.deepEqual(
    segments.map(({ ids, start, first, parent }) => [[...ids], start, first, parent?.first]),
    [
      [[1, 2, 3], 0, 0, undefined],
      [[7, 7], 3, 3, 0],
      [[8], 3, 5, 0],
      [[9], 0, 6, undefined],
    ],
  );
  assert.deepEqual(ends.map(({ first }) => first), [3, 5, 6, 5]);
  assert.equal(tokens, 7);
});

Deno.test("a sequence that others begin with is found on their way and cuts nothing", () => {
  const sequences = ids([1], [1, 2, 3, 4], [1, 2], [1, 2, 3]);
  const { segments, ends } = prefixTree(untyped(sequences), {
    tokensPerBranch: 100,
    sharesUpTo: 99,
  });
  assert.equal(segments.length, 1);
  assert.deepEqual(ends, sequences.map(() => segments[0]));
});

Deno.test("a branch that does not pay leaves its tokens to those further on", () => {
  // One token of three sequences saves two, which does not pay; three of two save three, which does.
  const sequences = ids([1, 2, 3, 4], [1, 2, 3, 5], [1, 9]);
  const { segments, tokens } = prefixTree(untyped(sequences), {
    tokensPerBranch: 2,
    sharesUpTo: 99,
  });
  assert.deepEqual(segments.map(({ ids }) => [...ids]), [[1, 2, 3], [4], [5], [1, 9]]);
  assert.equal(tokens, 7);
});

Deno.test("negative ids and ids beyond 2^31 - 1 do not confuse the order", () => {
  const sequences = ids([-1, 5], [2147483647], [-1, 6], [-2147483648]);
  const { tokens } = prefixTree(untyped(sequences), everything);
  assert.equal(tokens, 5);
});

Deno.test("a chain of a thousand branches is no deeper than the stack", () => {
  const trunk = Array.from({ length: 1000 }, (_, i) => i);
  const sequences = trunk.map((_, i) => Int32Array.from([...trunk.slice(0, i), 5000 + i]));
  const { segments, tokens } = prefixTree(untyped(sequences), everything);
  assert.equal(tokens, 999 + 1000);
  assert.equal(segments.length, 998 + 1000); // the last token of the trunk has but one user
});

function isAbove(above: Segment, segment: Segment): boolean {
  for (let at = segment.parent; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}

function isLeaf(segment: Segment, segments: readonly Segment[]): boolean {
  return segments.every(({ parent }) => parent !== segment);
}

/** Sequences of that kind are whole segments, which only their duplicates have too. */
function assertApart(
  { segments, ends }: PrefixTree,
  sequences: readonly Int32Array[],
  isKind: (sequence: Int32Array) => boolean,
): void {
  sequences.forEach((sequence, i) => {
    if (!isKind(sequence)) return;
    const end = ends[i]!;
    assert.deepEqual([...end.ids], [...sequence]);
    assert.equal(end.parent, undefined);
    assert.ok(isLeaf(end, segments));
    const users = sequences.filter((_, j) => ends[j] === end);
    assert.ok(users.every((user) => user.join() === sequence.join()));
  });
}
