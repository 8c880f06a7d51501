import assert from "node:assert/strict";
import fc from "fast-check";
import { type Coalition, gameOf } from "../../src/credit/coalitions.ts";
import { defaultOptions } from "../../src/credit/options.ts";
import type { Span } from "../../src/text/encoding.ts";

/** Any worth of a coalition, of both signs, which its bits decide. */
function worthOf(coalition: Coalition): number {
  return Math.sin(Number(coalition % 1_009n) * 12.9898 + 1) * 5;
}

function groupsOf(sizes: readonly number[]): Span[] {
  let at = 0;
  return sizes.map((size): Span => [at, at += size]);
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest])
  );
}

/** Every order in which no group is interrupted. */
function ordersOf(groups: readonly Span[]): number[][] {
  const within = groups.map(([start, end]) =>
    permutations(Array.from({ length: end - start }, (_, i) => start + i))
  );
  return permutations([...groups.keys()]).flatMap((order) =>
    order.reduce<number[][]>(
      (found, group) => found.flatMap((before) => within[group]!.map((own) => [...before, ...own])),
      [[]],
    )
  );
}

/** Values by their definition: the mean over all orders of what a player adds. */
function valuesByOrders(groups: readonly Span[]): number[] {
  const orders = ordersOf(groups);
  const values = new Array<number>(groups.at(-1)?.[1] ?? 0).fill(0);
  for (const order of orders) {
    let before = 0n;
    for (const player of order) {
      const here = before | 1n << BigInt(player);
      values[player]! += (worthOf(here) - worthOf(before)) / orders.length;
      before = here;
    }
  }
  return values;
}

const sum = (values: Iterable<number>) => [...values].reduce((total, each) => total + each, 0);
const near = (found: number, expected: number, off = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= off, `${found}, expected ${expected}`);

for (const sizes of [[1], [1, 1], [1, 1, 1, 1, 1], [3], [2, 1, 2], [1, 3], [2, 2, 2]]) {
  Deno.test(`groups of ${sizes.join(", ")}: exact values are the means over all orders`, () => {
    const groups = groupsOf(sizes);
    const game = gameOf(groups, 1_024);
    const asked = new Set<Coalition>(game.coalitions());
    const { values, errors } = game.values((coalition) => {
      assert.ok(asked.has(coalition), "a worth that was not asked for");
      return worthOf(coalition);
    });
    assert.equal(errors, undefined);
    for (const [i, expected] of valuesByOrders(groups).entries()) near(values[i]!, expected);
  });
}

Deno.test("ten players alone are exact with 1,024 coalitions, eleven are sampled", () => {
  const [ten, eleven] = [10, 11].map((n) =>
    gameOf(groupsOf(Array<number>(n).fill(1)), defaultOptions.passes)
  );
  assert.equal([...ten!.coalitions()].length, 1_024);
  assert.equal(ten!.values(worthOf).errors, undefined);
  assert.ok([...eleven!.coalitions()].length <= 1_024);
  assert.equal(eleven!.values(worthOf).errors?.length, 11);
  // Groups take fewer: 12 players in 4 sentences of 3 clauses.
  const grouped = gameOf(groupsOf([3, 3, 3, 3]), 1_024);
  assert.equal([...grouped.coalitions()].length, 2 ** 4 + 4 * 2 ** 3 * 6);
  assert.equal(grouped.values(worthOf).errors, undefined);
});

Deno.test("values add up to the worth of all less that of none, exact or sampled, within the budget", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 9 });
  fc.assert(fc.property(sizes, fc.integer({ min: 16, max: 400 }), (sizes, most) => {
    const groups = groupsOf(sizes);
    const players = sum(sizes);
    const { all, values, ...game } = gameOf(groups, most);
    const coalitions = [...game.coalitions()];
    assert.equal(new Set(coalitions).size, coalitions.length);
    assert.deepEqual([coalitions[0], coalitions.at(-1)], [0n, all]);
    assert.equal(all, (1n << BigInt(players)) - 1n);
    // Two pairs of orders are the least that have an error.
    assert.ok(coalitions.length <= Math.max(most, 2 + 4 * (players - 1)));
    near(sum(values(worthOf).values), worthOf(coalitions.at(-1)!) - worthOf(0n));
  }));
});

Deno.test("of a sum, every player has just its part, however few orders are drawn", () => {
  const groups = groupsOf(Array<number>(40).fill(1));
  const parts = Array.from({ length: 40 }, (_, i) => (i % 7) - 3);
  const worth = (coalition: Coalition) =>
    sum(parts.filter((_, i) => (coalition >> BigInt(i) & 1n) === 1n));
  const { values, errors } = gameOf(groups, 16).values(worth);
  for (const [i, part] of parts.entries()) {
    near(values[i]!, part);
    near(errors![i]!, 0);
  }
});

Deno.test("the standard error says how far a sample is off: about two in three values are within one", () => {
  const sizes = Array<number>(10).fill(1);
  const exact = gameOf(groupsOf(sizes), 1_024).values(worthOf).values;
  const { values, errors } = gameOf(groupsOf(sizes), 400).values(worthOf);
  const off = values.map((value, i) => Math.abs(value - exact[i]!) / errors![i]!);
  assert.ok(off.every((each) => each < 4), off.join(" "));
  assert.ok(off.filter((each) => each < 1).length >= 4, off.join(" "));
});

Deno.test("the same players have the same coalitions, whenever they are asked for", () => {
  const groups = groupsOf([3, 9, 8, 5]);
  const game = gameOf(groups, 100);
  const coalitions = [...game.coalitions()];
  assert.deepEqual([...game.coalitions()], coalitions);
  assert.deepEqual([...gameOf(groups, 100).coalitions()], coalitions);
});
