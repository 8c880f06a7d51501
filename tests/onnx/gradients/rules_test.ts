import assert from "node:assert/strict";
import { gradientRules } from "../../../src/onnx/gradients/rules.ts";
import { type OpName, shapeRules } from "../../../src/onnx/shapes.ts";

/** Operators that nothing is differentiated through, and why. */
const without: Partial<Record<OpName, string>> = {
  And: "of truth values",
  Equal: "a truth value",
  Greater: "a truth value",
  GroupQueryAttention: "its weights are not kept for the way back",
  If: "which of its branches ran is not known where gradients are written",
  Less: "a truth value",
  LessOrEqual: "a truth value",
  Loop: "what its turns made is not kept for the way back",
  MatMulIntegerToFloat: "of whole numbers, which change in steps",
  QuantizeLinear: "whole numbers, which change in steps",
  Range: "counts",
  Shape: "extents",
};

Deno.test("every operator has a gradient rule, or a reason why it has none", () => {
  for (const op of Object.keys(shapeRules) as OpName[]) {
    const [has, reason] = [gradientRules[op] !== undefined, without[op]];
    assert.ok(has !== (reason !== undefined), `${op}: ${has ? "has a rule" : "has none"}`);
  }
});
