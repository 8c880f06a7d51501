import assert from "node:assert/strict";
import fc from "fast-check";
import type { TileArrays } from "../../src/tree/tiles.ts";
import { type TokenTree, tokenTree, type Wanted } from "../../src/tree/token_tree.ts";
import { type Window, windowed } from "../../src/tree/window.ts";
import {
  batches,
  limits,
  policies,
  type ReadRow,
  readRow,
  typedBatches,
  windows,
} from "./batches.ts";

/** Sequences with rows that are wanted of them, and the attention of some of those. */
const wants: fc.Arbitrary<Wanted[]> = batches.chain((sequences) =>
  fc.tuple(...sequences.map((ids) => {
    const rows = fc.uniqueArray(fc.nat(ids.length - 1), { minLength: 1, maxLength: ids.length });
    return fc.tuple(rows, fc.nat(2)).map(([rows, attending]) => ({
      ids,
      rows,
      attend: rows.slice(0, attending),
    }));
  }))
);
const options = fc.record({ sharing: policies, tiles: limits });

/** Fails unless the tokens are those of positions 0 to `position` of a sequence, each once, in order. */
function assertSees(
  tree: TokenTree,
  tokens: readonly number[],
  { ids, position }: { ids: Int32Array; position: number },
): void {
  assert.deepEqual(tokens.map((token) => tree.ids[token]), [...ids.slice(0, position + 1)]);
  assert.deepEqual(tokens.map((token) => tree.positions[token]), [...tokens.keys()]);
}

function assertLimited({ table }: TileArrays, maxPairs: number): void {
  for (const { places, prefix, keys } of table) {
    assert.ok(places === 2 || places * (prefix + keys) <= maxPairs, "within the limit");
  }
}

Deno.test("in the inner layers every token sees its sequence up to itself, each position once", () => {
  fc.assert(fc.property(wants, options, (wanted, options) => {
    const tree = tokenTree(wanted, options);
    const every = wanted.map(({ ids }) => ({ ids, rows: [...ids.keys()], attend: [] }));
    const { rowsOf, queryRows } = tokenTree(every, options); // finds tokens by position
    every.forEach(({ ids, rows }, i) =>
      rows.forEach((position) => {
        const token = queryRows[rowsOf[i]![position]!]!;
        const { entry, keys } = readRow(tree.inner[0]!, token);
        assert.equal(entry, token);
        assert.equal(keys.at(-1), token);
        assertSees(tree, keys, { ids, position });
      })
    );
    assertLimited(tree.inner[0]!, options.tiles.maxPairs);
  }));
});

Deno.test("in the last layer every wanted row sees its sequence up to itself", () => {
  fc.assert(fc.property(wants, options, (wanted, options) => {
    const tree = tokenTree(wanted, options);
    wanted.forEach(({ ids, rows }, i) => {
      assert.equal(tree.rowsOf[i]?.length, rows.length);
      rows.forEach((position, k) => {
        const row = tree.rowsOf[i]![k]!;
        const { entry, keys } = readRow(tree.last, row);
        assert.equal(entry, row);
        assert.equal(keys.at(-1), tree.queryRows[row]);
        assertSees(tree, keys, { ids, position });
      });
    });
    assertLimited(tree.last, options.tiles.maxPairs);
  }));
});

Deno.test("attention rows read the last layer's queries and see what those see", () => {
  fc.assert(fc.property(wants, options, (wanted, options) => {
    const tree = tokenTree(wanted, options);
    wanted.forEach(({ ids, attend }, i) => {
      assert.equal(tree.attentionRowsOf[i]?.length, attend.length);
      attend.forEach((position, k) => {
        const { entry, keys } = readRow(tree.attention, tree.attentionRowsOf[i]![k]!);
        assert.equal(entry, tree.rowsOf[i]![k], "the query that the last layer computed");
        assertSees(tree, keys, { ids, position });
      });
    });
    assertLimited(tree.attention, options.tiles.maxPairs);
  }));
});

/** Fails unless a row sees exactly the positions of its window, in order, each by a token of its sequence. */
function assertWindow(
  tree: TokenTree,
  { keys, start }: ReadRow,
  { ids, position, window }: { ids: Int32Array; position: number; window: Window },
): void {
  const seen = [...ids.keys()]
    .filter((at) => position - window.left <= at && at <= position + window.right);
  assert.equal(start, seen[0], "attention is read from where the window begins");
  assert.deepEqual(keys.map((token) => tree.positions[token]), seen);
  assert.deepEqual(keys.map((token) => tree.ids[token]), seen.map((at) => ids[at]));
}

Deno.test("in every layer a row sees its window of its sequence and nothing else", () => {
  const layers = fc.array(windows, { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(wants, options, layers, (wanted, options, windows) => {
    const tree = tokenTree(wanted, { ...options, windows });
    const every = wanted.map(({ ids }) => ({ ids, rows: [...ids.keys()], attend: [] }));
    const { rowsOf, queryRows } = tokenTree(every, { ...options, windows }); // finds tokens
    for (const window of windows.slice(0, -1)) {
      const inner = tree.inner.find(({ name }) => name === windowed("inner", window))!;
      every.forEach(({ ids, rows }, i) =>
        rows.forEach((position) => {
          const token = queryRows[rowsOf[i]![position]!]!;
          const read = readRow(inner, token);
          assert.equal(read.entry, token);
          assertWindow(tree, read, { ids, position, window });
        })
      );
      assertLimited(inner, options.tiles.maxPairs);
    }
    const window = windows.at(-1)!;
    wanted.forEach(({ ids, rows, attend }, i) => {
      rows.forEach((position, k) => {
        const read = readRow(tree.last, tree.rowsOf[i]![k]!);
        assertWindow(tree, read, { ids, position, window });
      });
      attend.forEach((position, k) => {
        const read = readRow(tree.attention, tree.attentionRowsOf[i]![k]!);
        assert.equal(read.entry, tree.rowsOf[i]![rows.indexOf(position)]);
        assertWindow(tree, read, { ids, position, window });
      });
    });
  }));
});

Deno.test("a window that no sequence exceeds is laid out as none", () => {
  fc.assert(fc.property(wants, options, fc.nat(5), (wanted, options, more) => {
    const longest = Math.max(...wanted.map(({ ids }) => ids.length));
    const window = { left: longest - 1 + more, right: 0 };
    const withIt = tokenTree(wanted, { ...options, windows: [window, window] });
    const without = tokenTree(wanted, options);
    const unnamed = (tiles: TileArrays) => ({ ...tiles, name: "" });
    assert.deepEqual(withIt.inner.map(unnamed), without.inner.map(unnamed));
    assert.deepEqual(unnamed(withIt.last), unnamed(without.last));
    assert.deepEqual(unnamed(withIt.attention), unnamed(without.attention));
  }));
});

Deno.test("layers with one window share their tiles, and those of another have their own", () => {
  const [near, far] = [{ left: 2, right: 0 }, { left: Infinity, right: 0 }];
  const { inner, last, attention } = tokenTree(
    [{ ids: Int32Array.of(1, 2, 3, 4, 5), rows: [4], attend: [4] }],
    {
      sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
      tiles: { maxPairs: 100, pairsPerTile: 100 },
      windows: [near, far, near, far, near],
    },
  );
  assert.deepEqual(inner.map(({ name }) => name), ["inner.left2", "inner"]);
  assert.deepEqual([last.name, attention.name], ["last.left2", "attention.left2"]);
  assert.deepEqual([[...last.keys], last.span], [[2, 3, 4], 3], "what no row sees is left out");
});

Deno.test("where rows look ahead, only whole duplicates are shared", () => {
  const [a, b] = [Int32Array.of(1, 2, 3), Int32Array.of(1, 2, 4)];
  const wanted = [a, b, a].map((ids) => ({ ids, rows: [0], attend: [] }));
  const { ids } = tokenTree(wanted, {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 100, pairsPerTile: 100 },
    windows: [{ left: Infinity, right: Infinity }],
  });
  assert.equal(ids.length, 6);
});

Deno.test("every token is laid out with its id, position and a length of its sequence", () => {
  fc.assert(fc.property(wants, options, (wanted, options) => {
    const { ids, positions, lengths, inner: [inner] } = tokenTree(wanted, options);
    assert.deepEqual(
      [positions.length, lengths.length, inner!.places.length],
      Array(3).fill(ids.length),
    );
    const allowed = new Set(wanted.map(({ ids }) => ids.length));
    ids.forEach((_, token) => {
      assert.ok(positions[token]! < lengths[token]!);
      assert.ok(allowed.has(lengths[token]!));
    });
    const { sharesUpTo } = options.sharing;
    wanted.forEach(({ ids }, i) => {
      if (ids.length <= sharesUpTo) return;
      const { queryRows, rowsOf } = tokenTree(wanted, options);
      for (const row of rowsOf[i]!) assert.equal(lengths[queryRows[row]!], ids.length);
    });
  }));
});

Deno.test("every token has the type that its sequence gives it", () => {
  fc.assert(fc.property(typedBatches, options, (sequences, options) => {
    const wanted = sequences.map((each) => ({ ...each, rows: [...each.ids.keys()], attend: [] }));
    const { ids, types, queryRows, rowsOf } = tokenTree(wanted, options);
    assert.equal(types.length, ids.length);
    sequences.forEach((sequence, i) => {
      const tokens = Array.from(rowsOf[i]!, (row) => queryRows[row]!);
      assert.deepEqual(tokens.map((token) => ids[token]), [...sequence.ids]);
      const expected = sequence.types ?? new Int32Array(sequence.ids.length);
      assert.deepEqual(tokens.map((token) => types[token]), [...expected]);
    });
  }));
});

Deno.test("a token that several sequences want is one query", () => {
  const sharing = { tokensPerBranch: 0, sharesUpTo: Infinity };
  const ids = (...list: number[]) => Int32Array.from(list);
  const tree = tokenTree([
    { ids: ids(1, 2, 3), rows: [0, 2], attend: [2] },
    { ids: ids(1, 2, 4), rows: [0, 1, 2], attend: [] },
    { ids: ids(1, 2, 3), rows: [2], attend: [2] },
    { ids: ids(1, 2), rows: [1], attend: [1] },
  ], { sharing, tiles: { maxPairs: 100, pairsPerTile: 100 } });
  assert.deepEqual([...tree.ids], [1, 2, 3, 4]);
  assert.deepEqual([...tree.positions], [0, 1, 2, 2]);
  assert.deepEqual([...tree.queryRows], [0, 2, 1, 3], "in the order of asking");
  assert.deepEqual(tree.rowsOf.map((rows) => [...rows]), [[0, 1], [0, 2, 3], [1], [2]]);
  assert.deepEqual(tree.attentionRowsOf.map((rows) => [...rows]), [[0], [], [0], [1]]);
});

Deno.test("a batch that wants no attention has no attention tiles", () => {
  const wanted = [{ ids: Int32Array.of(5), rows: [0], attend: [] }];
  const tree = tokenTree(wanted, {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 1, pairsPerTile: 0 },
  });
  assert.deepEqual(tree.attention.table, []);
  assert.equal(tree.attention.span, 0);
  assert.equal(tree.inner[0]!.table.length, 1);
});

Deno.test("what cannot be laid out is refused", () => {
  const sharing = { tokensPerBranch: 0, sharesUpTo: Infinity };
  const tiles = { maxPairs: 100, pairsPerTile: 100 };
  const tree = (ids: number[], row: number) => {
    const wanted = { ids: Int32Array.from(ids), rows: [row], attend: [] };
    const longer = { ids: Int32Array.of(1, 2, 3, 4), rows: [3], attend: [] };
    return tokenTree([longer, wanted], { sharing, tiles });
  };
  assert.throws(() => tree([], 0), {
    name: "RangeError",
    message: "Cannot lay out a sequence of no tokens: received it at 1",
  });
  // The longer sequence goes on where this one ends: its tokens are not to be read.
  for (const row of [2, -1, 0.5, NaN]) {
    assert.throws(() => tree([1, 2], row), {
      name: "RangeError",
      message: `Cannot read a row of sequence 1 as it has 2 tokens: received ${row}`,
    });
  }
});

Deno.test("a thousand sequences of five hundred tokens are laid out in a moment", () => {
  const prompts = Array.from(
    { length: 50 },
    (_, i) => Array.from({ length: 250 }, (_, k) => i + k),
  );
  const wanted = Array.from({ length: 1000 }, (_, i) => ({
    ids: Int32Array.from([...prompts[i % 50]!, ...Array(250).keys().map((k) => i * 7 + k * 13)]),
    rows: [499],
    attend: [499],
  }));
  const started = performance.now();
  const tree = tokenTree(wanted, {
    sharing: { tokensPerBranch: 1, sharesUpTo: Infinity },
    tiles: { maxPairs: 2 ** 19, pairsPerTile: 5000 },
  });
  const ms = performance.now() - started;
  assert.equal(tree.ids.length, 50 * 250 + 1000 * 250);
  assert.ok(ms < 5000, `${ms} ms`); // 0.2 s on one core; a quadratic step would take minutes
});
