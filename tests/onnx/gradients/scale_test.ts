import assert from "node:assert/strict";
import { minus, numberOf, opposite, over, times } from "../../../src/onnx/gradients/scale.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import type { Contribution } from "../../../src/onnx/gradients/rule.ts";
import type { Value } from "../../../src/onnx/value.ts";

const graph = new Graph("scale");
const x = graph.input("x", "float32", [2]);
const number = (n: number) => graph.scalar("float32", n);
/** The operators that something takes. */
const takes = (make: () => unknown) => {
  const before = graph.nodes.length;
  make();
  return graph.nodes.slice(before).map(({ op }) => op);
};

Deno.test("products, quotients and opposites of numbers are numbers", () => {
  assert.deepEqual(
    takes(() => {
      assert.equal(numberOf(times(number(3), number(4))), 12);
      assert.equal(numberOf(times(number(3), 4)), 12);
      assert.equal(numberOf(over(number(3), 4)), 0.75);
      assert.equal(numberOf(over(number(3), number(4))), 0.75);
      assert.equal(numberOf(opposite(number(3))), -3);
    }),
    [],
  );
});

Deno.test("a factor of 1 costs nothing", () => {
  assert.deepEqual(
    takes(() => {
      for (const same of [times(number(1), x), times(x, number(1)), times(x, 1), over(x, 1)]) {
        assert.equal(same, x);
      }
    }),
    [],
  );
});

Deno.test("everything else is a node", () => {
  assert.deepEqual(takes(() => times(x, x)), ["Mul"]);
  assert.deepEqual(takes(() => times(number(1), 2)), []);
  assert.deepEqual(takes(() => over(x, x)), ["Div"]);
  assert.deepEqual(takes(() => over(x, 4)), ["Mul"]);
  assert.deepEqual(takes(() => opposite(x)), ["Neg"]);
  assert.equal(numberOf(x), undefined);
  assert.equal(numberOf(graph.integers([1, 2])), undefined);
});

Deno.test("what is taken away needs no opposite where there is a sum already", () => {
  const onto = (contribution: Contribution, sum: Value | undefined) => {
    assert.ok(typeof contribution !== "function" && "onto" in contribution);
    return contribution.onto(sum);
  };
  assert.deepEqual(takes(() => onto(minus(() => x), x)), ["Sub"]);
  assert.deepEqual(takes(() => onto(minus(() => x), undefined)), ["Neg"]);
});
