import assert from "node:assert/strict";
import {
  extent,
  full,
  reshapeLike,
  unbroadcast,
  withAxes,
  zeros,
} from "../../../src/onnx/gradients/fit.ts";
import { Graph, type Node } from "../../../src/onnx/graph.ts";
import { describe, type Shape, type Value } from "../../../src/onnx/value.ts";
import { type Plain, runGraph } from "../run_graph.ts";

/** What becomes of `x`, next to a value like which it may be shaped. */
async function fitted(
  x: Plain & { as?: Shape },
  like: Plain & { as?: Shape },
  fit: (x: Value, like: Value) => Value,
): Promise<{ shape: string; dims: readonly number[]; data: readonly number[] }> {
  const graph = new Graph("fit");
  const [a, b] = [
    graph.input("x", "float32", x.as ?? x.dims),
    graph.input("like", "float32", like.as ?? like.dims),
  ];
  const result = fit(a, b);
  graph.output("result", result);
  graph.output("x.out", a);
  graph.output("like.out", b);
  const found = await runGraph(graph, { x, like });
  const { dims, data } = found["result"]!;
  return { shape: describe(result), dims, data };
}

const like = { dims: [2, 3], data: [0, 0, 0, 0, 0, 0] };
const named = { ...like, as: ["n", "m"] };

Deno.test("full repeats what is narrower, whether extents are numbers or names", async () => {
  const column = { dims: [2, 1], data: [1, 2] };
  const data = [1, 1, 1, 2, 2, 2];
  assert.deepEqual(await fitted(column, like, full), {
    shape: "float32[2, 3]",
    dims: [2, 3],
    data,
  });
  const n = { ...column, as: ["n", 1] };
  assert.deepEqual(await fitted(n, named, full), { shape: "float32[n, m]", dims: [2, 3], data });
  const scalar = { dims: [], data: [4] };
  assert.deepEqual((await fitted(scalar, named, full)).data, Array(6).fill(4));
});

Deno.test("full leaves alone what has the shape", () => {
  const graph = new Graph("full");
  const x = graph.input("x", "float32", ["n", "?", 3]);
  assert.equal(full(x, graph.input("y", "float32", ["n", "?", 3])), x);
});

Deno.test("zeros have the shape of another value", async () => {
  const found = await fitted(like, { ...named, as: ["n", 3] }, (_, each) => zeros(each));
  assert.deepEqual(found, { shape: "float32[n, 3]", dims: [2, 3], data: Array(6).fill(0) });
});

Deno.test("numbers are laid out like another value, of none, one or two names", async () => {
  const flat = { dims: [6], data: [1, 2, 3, 4, 5, 6] };
  for (const as of [[2, 3], ["n", "m"]]) {
    const found = await fitted(flat, { ...like, as }, reshapeLike);
    assert.deepEqual(found, { shape: `float32[${as.join(", ")}]`, dims: [2, 3], data: flat.data });
  }
  const one = await fitted({ ...flat, as: ["count"] }, { ...like, as: ["n", 3] }, reshapeLike);
  assert.deepEqual(one, { shape: "float32[n, 3]", dims: [2, 3], data: flat.data });
});

Deno.test("axes are put in front and in between", async () => {
  const x = { dims: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  for (const as of [[2, 3], ["n", 3], ["n", "m"]]) {
    const found = await fitted({ ...x, as }, like, (x) => withAxes(x, 5, [1, 4]));
    assert.deepEqual(found.dims, [1, 1, 2, 3, 1]);
    assert.deepEqual(found.data, x.data);
  }
  const graph = new Graph("axes");
  const scalar = graph.input("x", "float32", []);
  assert.equal(withAxes(scalar, 3, [0]), scalar);
});

Deno.test("an extent is a number, or what the runtime finds under its name", async () => {
  const graph = new Graph("extent");
  const x = graph.input("x", "float32", ["n", 3]);
  assert.equal(extent(x, 1), 3);
  const size = extent(x, 0);
  assert.ok(typeof size !== "number");
  assert.equal(size.name, "n");
  graph.output("size", size.value);
  const { size: found } = await runGraph(graph, { x: { dims: [2, 3], data: Array(6).fill(0) } });
  assert.deepEqual(found!.data, [2]);
});

const node = { op: "Add", inputs: [], outputs: [], attributes: {} } satisfies Node;

Deno.test("sums go over repeated axes only, and count what is narrow as often as it is repeated", async () => {
  const whole = { dims: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  const cases: [Plain, Plain, number[]][] = [
    [whole, { dims: [3], data: [0, 0, 0] }, [5, 7, 9]],
    [whole, { dims: [2, 1], data: [0, 0] }, [6, 15]],
    [whole, { dims: [1, 1], data: [0] }, [21]],
    [whole, { dims: [1], data: [0] }, [21]],
    [whole, { dims: [], data: [0] }, [21]],
    [{ dims: [], data: [1] }, { dims: [3], data: [0, 0, 0] }, [2, 2, 2]],
    [{ dims: [2, 1], data: [1, 2] }, { dims: [1], data: [0] }, [9]],
    [{ dims: [3], data: [1, 2, 3] }, { dims: [3], data: [0, 0, 0] }, [2, 4, 6]],
  ];
  for (const [gradient, narrow, expected] of cases) {
    const found = await fitted(gradient, narrow, (x, narrow) => {
      const wide = x.graph.constant({ dtype: "float32", shape: [2, 3], data: Array(6).fill(0) });
      return unbroadcast(x, { node, wide, narrow });
    });
    assert.deepEqual([found.dims, found.data], [narrow.dims, expected]);
  }
});

Deno.test("what stands beside tells whose extent an unknown one is", () => {
  const graph = new Graph("unknown");
  const x = graph.input("x", "float32", ["?", 3]);
  const spread = { node, wide: x, narrow: x };
  assert.equal(unbroadcast(x, { ...spread, beside: [[1, 3], [3], []] }), x);
  for (const beside of [undefined, [["?", 3]], [[4, 3]]]) {
    assert.throws(
      () => unbroadcast(x, beside === undefined ? spread : { ...spread, beside }),
      {
        name: "TypeError",
        message:
          "Cannot differentiate Add that makes  as nothing tells whether axis 0 of x was repeated: received nothing",
      },
    );
  }
});
