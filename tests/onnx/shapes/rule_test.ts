import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import {
  type Application,
  constant,
  expect,
  extents,
  input,
  integer,
  numbers,
} from "../../../src/onnx/shapes/rule.ts";

function application(): Application {
  const graph = new Graph("case");
  return {
    op: "Some",
    inputs: [graph.input("x", "float32", [2, "n"]), undefined, graph.integers([3, -1])],
    attributes: { axis: { int: 1 }, mode: { string: "add" } },
  };
}

Deno.test("inputs are there, and of the kind that is asked for", () => {
  assert.deepEqual(input(application(), 0, "float").shape, [2, "n"]);
  assert.throws(() => input(application(), 1), {
    message: "Cannot apply Some as its input 1 is missing: received float32[2, n], -, int64[2]",
  });
  assert.throws(() => input(application(), 0, "index"), {
    message:
      "Cannot apply Some as its input 0 must be int32 or int64: received float32[2, n], -, int64[2]",
  });
});

Deno.test("attributes are integers, or have a number that stands in for them", () => {
  assert.equal(integer(application(), "axis"), 1);
  assert.equal(integer(application(), "keepdims", 1), 1);
  for (const name of ["keepdims", "mode"]) {
    assert.throws(() => integer(application(), name), {
      message:
        `Cannot apply Some as its attribute "${name}" is missing: received float32[2, n], -, int64[2]`,
    });
  }
});

Deno.test("numbers are known of constants only", () => {
  const given = application();
  assert.deepEqual(numbers(given.inputs[2]!), [3, -1]);
  assert.equal(numbers(given.inputs[0]!), undefined);
  assert.deepEqual(constant(given, 2), [3, -1]);
  assert.deepEqual(extents(given, 2), [3, -1]);
});

Deno.test("extents that only the runtime knows are as many unknowns", () => {
  const graph = new Graph("case");
  const given = { op: "Some", inputs: [graph.input("shape", "int64", [3])], attributes: {} };
  assert.deepEqual(extents(given, 0), ["?", "?", "?"]);
  assert.throws(() => constant(given, 0), /its input 0 must be a constant/);
});

Deno.test("a refusal of nothing says so", () => {
  assert.doesNotThrow(() => expect({ op: "Some", inputs: [] }, true, "it may"));
  assert.throws(() => expect({ op: "Some", inputs: [] }, false, "it may not"), {
    name: "TypeError",
    message: "Cannot apply Some as it may not: received nothing",
  });
});
