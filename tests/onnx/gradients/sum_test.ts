import assert from "node:assert/strict";
import type { Contribution } from "../../../src/onnx/gradients/rule.ts";
import { total } from "../../../src/onnx/gradients/sum.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { add, mul } from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { assertNear, plain, runGraph } from "../run_graph.ts";

/** The sum of contributions to a value of shape [2, 4], and the operators it took. */
async function totalOf(
  contributions: (part: (data: number[][]) => Value) => readonly Contribution[],
): Promise<{ sum: number[][]; took: string }> {
  const graph = new Graph("sum");
  const value = graph.input("value", "float32", [2, 4]);
  const part = (data: number[][]) =>
    graph.constant({ dtype: "float32", shape: plain(data).dims, data: data.flat() });
  const sum = total(value, contributions(part));
  assert.ok(sum !== undefined);
  const took = graph.nodes.map(({ op }) => op).join();
  graph.output("sum", add(mul(value, 0), sum)); // narrow sums broadcast to the value
  const found = await runGraph(graph, { value: { dims: [2, 4], data: Array(8).fill(1) } });
  const { data } = found["sum"]!;
  return { sum: [data.slice(0, 4), data.slice(4)], took };
}

const ramp = [[1, 2, 3, 4], [5, 6, 7, 8]];

Deno.test("nothing contributes: there is no sum", () => {
  const graph = new Graph("sum");
  assert.equal(total(graph.input("value", "float32", [2]), []), undefined);
});

Deno.test("one contribution is the sum", async () => {
  const { sum, took } = await totalOf((part) => [() => part(ramp)]);
  assert.deepEqual([sum, took], [ramp, ""]);
});

Deno.test("contributions of any width are added", async () => {
  const { sum, took } = await totalOf((part) => [() => part(ramp), () => part([[10], [20]])]);
  assert.deepEqual([sum, took], [[[11, 12, 13, 14], [25, 26, 27, 28]], "Add"]);
});

Deno.test("who wants the sum so far comes after all others, who wants it full comes last", async () => {
  const order: string[] = [];
  const { sum } = await totalOf((part) => [
    {
      into: (so) => {
        order.push(`into ${so.shape}`);
        return add(so, 100);
      },
    },
    {
      onto: (so) => {
        order.push(`onto ${so?.shape}`);
        return add(so!, 10);
      },
    },
    () => part([[1], [2]]),
  ]);
  assert.deepEqual(order, ["onto 2,1", "into 2,4"]);
  assert.deepEqual(sum, [Array(4).fill(111), Array(4).fill(112)]);
});

Deno.test("who wants a full sum gets zeros where nothing else contributes", async () => {
  const { sum } = await totalOf(() => [{ into: (so) => add(so, 1) }]);
  assert.deepEqual(sum, [Array(4).fill(1), Array(4).fill(1)]);
});

Deno.test("parts are joined in order, zeros where there is none", async () => {
  const of = (axis: number, start: number, end: number, gradient: () => Value) => ({
    part: { axis, start, end, gradient },
  });
  const gap = await totalOf((part) => [
    of(1, 2, 3, () => part([[3], [7]])),
    of(1, 0, 1, () => part([[1], [5]])),
  ]);
  assert.deepEqual(gap, { sum: [[1, 0, 3, 0], [5, 0, 7, 0]], took: "Pad,Concat" });
  const whole = await totalOf((part) => [
    of(0, 1, 2, () => part([[5, 6, 7, 8]])),
    of(0, 0, 1, () => part([[1, 2, 3, 4]])),
  ]);
  assert.deepEqual(whole, { sum: ramp, took: "Concat" });
  const over = await totalOf((part) => [
    of(1, 1, 3, () => part([[1, 1], [1, 1]])),
    of(1, 2, 4, () => part([[1, 1], [1, 1]])),
  ]);
  assert.deepEqual(over, { sum: [[0, 1, 2, 1], [0, 1, 2, 1]], took: "Pad,Pad,Add" });
  const crossed = await totalOf((part) => [
    of(0, 0, 1, () => part([[1, 1, 1, 1]])),
    of(1, 3, 4, () => part([[1], [1]])),
  ]);
  assertNear(plain(crossed.sum), plain([[1, 1, 1, 2], [0, 0, 0, 1]]));
});
