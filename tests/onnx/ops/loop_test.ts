import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import {
  add,
  cast,
  choose,
  gather,
  greater,
  less,
  loop,
  mul,
  reduceSum,
  slice,
} from "../../../src/onnx/ops.ts";
import { carry } from "../../../src/onnx/ops/loop.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { refuses, testOperators } from "../operator_case.ts";
import { assertNear, plain, runGraph } from "../run_graph.ts";

const scalar = (number: number) => ({ dims: [], data: [number], dtype: "int64" }) as const;
const rows = [[1, 2], [3, 4], [5, 6]];

testOperators([
  {
    name: "a loop stacks what its turns yield and reads what stands around it",
    feed: { x: rows, turns: scalar(3) },
    build: ({ x, turns }) =>
      loop(turns!, "rows", (turn) => {
        const row = gather(x!, turn);
        return [mul(row, 10), reduceSum(row, [0])];
      }),
    declares: ["float32[?, 2]", "float32[?]"],
    gives: [
      { dims: [3, 2], data: [10, 20, 30, 40, 50, 60] },
      { dims: [3], data: [3, 7, 11] },
    ],
  },
  {
    name: "a loop of no turns yields nothing, in the shape of a turn",
    feed: { x: rows, turns: scalar(0) },
    build: ({ x, turns }) => loop(turns!, "rows", (turn) => [gather(x!, turn)]),
    declares: "float32[?, 2]",
    gives: { dims: [0, 2], data: [] },
  },
  {
    name: "a loop may yield a value from around it, its own number, and one value twice",
    feed: { x: [7, 8], turns: scalar(2) },
    build: ({ x, turns }) =>
      loop(turns!, "same", (turn) => {
        const twice = mul(cast(turn, "float32"), 2);
        return [x!, turn, twice, twice];
      }),
    declares: ["float32[?, 2]", "int64[?]", "float32[?]", "float32[?]"],
    gives: [
      { dims: [2, 2], data: [7, 8, 7, 8] },
      { dims: [2], data: [0, 1], dtype: "int64" },
      { dims: [2], data: [0, 2] },
      { dims: [2], data: [0, 2] },
    ],
  },
  {
    name: "a loop of a known number of turns knows what it stacks",
    feed: { x: rows },
    build: ({ x }, graph) => loop(graph.scalar("int64", 2), "rows", (turn) => [gather(x!, turn)]),
    declares: "float32[2, 2]",
    gives: rows.slice(0, 2),
  },
  {
    name: "a loop within a loop reads both",
    feed: { x: rows, turns: scalar(2) },
    build: ({ x, turns }) =>
      loop(turns!, "outer", (i) =>
        loop(i.graph.pass(turns!), "inner", (j) => {
          const both = add(cast(i, "float32"), mul(cast(j, "float32"), 100));
          return [mul(both, reduceSum(x!, [0, 1]))];
        })),
    declares: "float32[?, ?]",
    gives: [[0, 2100], [21, 2121]],
  },
  {
    name: "carried values go from turn to turn",
    feed: { x: rows, turns: scalar(3) },
    build: ({ x, turns }) => {
      const start = mul(gather(x!, x!.graph.scalar("int64", 0)), 0);
      const { carried, collected } = carry(
        turns!,
        { name: "running", initial: [start] },
        (turn, [sum]) => {
          const next = add(sum!, gather(x!, turn));
          return { carried: [next], collected: [next] };
        },
      );
      return [...carried, ...collected];
    },
    declares: ["float32[2]", "float32[?, 2]"],
    gives: [
      { dims: [2], data: [9, 12] },
      { dims: [3, 2], data: [1, 2, 4, 6, 9, 12] },
    ],
  },
  {
    name: "a loop ends after the turn that says so, however many it may take",
    feed: { x: rows, turns: scalar(99), enough: [4] },
    build: ({ x, turns, enough }) => {
      const initial = [reduceSum(mul(x!, 0), [0, 1])];
      const { carried, collected } = carry(turns!, { name: "sum", initial }, (turn, [sum]) => {
        const next = add(sum!, reduceSum(gather(x!, turn), [0]));
        return { carried: [next], collected: [next], goOn: less(next, reduceSum(enough!, [0])) };
      });
      return [...carried, ...collected];
    },
    declares: ["float32[]", "float32[?]"],
    // The first row adds up to 3, which is not enough; the second turn is the last.
    gives: [{ dims: [], data: [10] }, { dims: [2], data: [3, 10] }],
  },
  {
    name: "a loop that wants to go on still ends with its turns",
    feed: { x: rows, turns: scalar(2) },
    build: ({ x, turns }, graph) =>
      [turns!, graph.scalar("int64", 2)].flatMap((most) =>
        carry(most, { name: "rows", initial: [] }, (turn) => {
          const row = gather(x!, turn);
          return { carried: [], collected: [row], goOn: less(reduceSum(row, [0]), 1e9) };
        }).collected
      ),
    // Even of a known number of turns nobody knows whether they are all taken.
    declares: ["float32[?, 2]", "float32[?, 2]"],
    gives: [plain(rows.slice(0, 2)), plain(rows.slice(0, 2))],
  },
  {
    name: "values may be carried unchanged, or swapped",
    feed: { a: [1], b: [2], turns: scalar(3) },
    build: ({ a, b, turns }) =>
      carry(turns!, { name: "swap", initial: [a!, b!, a!] }, (_turn, [first, second, kept]) => ({
        carried: [second!, first!, kept!],
        collected: [],
      })).carried,
    declares: ["float32[1]", "float32[1]", "float32[1]"],
    gives: [{ dims: [1], data: [2] }, { dims: [1], data: [1] }, { dims: [1], data: [1] }],
  },
]);

Deno.test("a choice computes one branch, by a scalar or a vector of one", async () => {
  for (const dims of [[], [1]]) {
    const graph = new Graph("choice");
    const x = graph.input("x", "float32", ["tokens"]);
    const size = graph.input("size", "int64", dims);
    const chosen = choose(greater(size, 0), {
      then: (bring) => mul(bring(x), 10),
      otherwise: (bring) => add(bring(x), bring(x)),
    });
    assert.deepEqual(chosen.shape, ["tokens"]);
    graph.output("y", chosen);
    for (const [number, factor] of [[3, 10], [0, 2]] as const) {
      const fed = { x: plain([1, 2]), size: { dims, data: [number], dtype: "int64" } as const };
      const { y } = await runGraph(graph, fed);
      assertNear(y!, plain([factor, 2 * factor]));
    }
  }
});

Deno.test("a branch that is not taken costs nothing, and may fail where it is not taken", async () => {
  const graph = new Graph("choice");
  const [x, index] = [graph.input("x", "float32", [2]), graph.input("index", "int64", [])];
  const chosen = choose(greater(index, 1), {
    then: () => graph.scalar("float32", -1),
    otherwise: (bring) => gather(x, bring(index)),
  });
  graph.output("y", chosen);
  const found = async (number: number) =>
    (await runGraph(graph, { x: plain([5, 6]), index: scalar(number) }))["y"]?.data;
  assert.deepEqual([await found(1), await found(9)], [[6], [-1]]);
});

Deno.test("a branch may give what it brings in, and what branches disagree on is unknown", async () => {
  const graph = new Graph("choice");
  const [x, n] = [graph.input("x", "float32", ["tokens"]), graph.input("n", "int64", [])];
  const chosen = choose(greater(n, 0), {
    then: (bring) => slice(bring(x), { axis: 0, start: 0, end: n }),
    otherwise: (bring) => bring(x),
  });
  assert.deepEqual(chosen.shape, ["?"]);
  graph.output("y", chosen);
  const fed = (number: number) => ({ x: plain([1, 2, 3]), n: scalar(number) });
  assertNear((await runGraph(graph, fed(2)))["y"]!, plain([1, 2]));
  assertNear((await runGraph(graph, fed(0)))["y"]!, plain([1, 2, 3]));
});

Deno.test("a node belongs to the innermost graph that it reads from", () => {
  const graph = new Graph("case");
  const [x, turns] = [graph.input("x", "float32", [2]), graph.input("turns", "int64", [])];
  let outside: Value | undefined;
  let inside: Value | undefined;
  loop(turns, "body", (turn) => {
    outside = mul(x, 2);
    inside = mul(outside, cast(turn, "float32"));
    return [inside];
  });
  assert.equal(outside?.graph, graph);
  assert.equal(inside?.graph.parent, graph);
  assert.ok(inside?.graph.within(graph));
});

Deno.test("a loop stands where its turns or its initial values do, not in a body it merely reads", () => {
  const graph = new Graph("case");
  const [x, turns] = [graph.input("x", "float32", [2]), graph.input("turns", "int64", [])];
  const nested = (turn: Value) => {
    const initial = [mul(x, cast(turn, "float32"))];
    const step = (_: Value, carried: readonly Value[]) => ({ carried, collected: [] });
    return carry(turns, { name: "inner", initial }, step).carried;
  };
  const results = loop(turns, "outer", (turn) => nested(turn));
  assert.equal(results[0]?.graph, graph);
  assert.throws(
    () => loop(turns, "outer", (turn) => loop(turns, "inner", (other) => [add(other, turn)])),
    /Cannot apply Add in graph "inner#\d+" as an input belongs to another graph: received outer#\d+.turn int64\[\]/,
  );
});

Deno.test("loops and choices refuse bodies that do not fit", () => {
  const float = (graph: Graph, name: string, ...shape: (number | string)[]) =>
    graph.input(name, "float32", shape);
  refuses(
    (graph) => loop(graph.input("n", "float32", []), "body", (turn) => [turn]),
    "Cannot apply Loop as its input 0 must be int32 or int64: received float32[], bool[]",
  );
  refuses(
    (graph) => loop(graph.input("n", "int64", [3]), "body", (turn) => [turn]),
    "Cannot apply Loop as it needs a number of turns: received int64[3], bool[]",
  );
  refuses(
    (graph) => {
      const [n, x] = [graph.input("n", "int64", []), float(graph, "x", 2)];
      const step = (_: Value, [before]: readonly Value[]) => ({
        carried: [reduceSum(before!, [0])],
        collected: [],
      });
      return carry(n, { name: "body", initial: [x] }, step);
    },
    "Cannot apply Loop as [2] may not turn into []: received int64[], bool[], float32[2]",
  );
  refuses(
    (graph) => {
      const [n, x] = [graph.input("n", "int64", []), float(graph, "x", 2)];
      return carry(n, { name: "body", initial: [x] }, () => ({ carried: [], collected: [x] }));
    },
    "Cannot carry 1 values as a turn hands on another count: received 0",
  );
  refuses(
    (graph) => {
      const [a, b] = [float(graph, "a", 2), float(graph, "b", 3)];
      const condition = graph.input("condition", "bool", []);
      return choose(condition, { then: (bring) => bring(a), otherwise: (bring) => bring(b) });
    },
    "Cannot apply If as [2] may not turn into [3]: received bool[]",
  );
  refuses(
    (graph) => {
      const [a, n] = [float(graph, "a"), graph.input("n", "int64", [])];
      const condition = graph.input("condition", "bool", [2]);
      return choose(condition, { then: () => a, otherwise: () => cast(n, "float32") });
    },
    "Cannot apply If as it needs one condition: received bool[2]",
  );
});
