/**
 * Tables of shape rules: what an operator is given, as text, and what it gives or why it refuses.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Attributes, Graph } from "../../../src/onnx/graph.ts";
import { type OpName, shapeRules } from "../../../src/onnx/shapes.ts";
import { describe, type Dtype, type Value } from "../../../src/onnx/value.ts";

/** `float32[tokens, 3]`, a constant as `int64 1 2 3`, or `-` for an absent input. */
type Given = string;

/** One application of an operator. */
export interface RuleCase {
  readonly inputs: readonly Given[];
  readonly attributes?: Attributes;
  /** The outputs, as they print. */
  readonly gives?: readonly string[];
  /** The reason to refuse, as the message has it between "as" and "received". */
  readonly refuses?: string;
}

/** Registers one test per operator; every case must either give or refuse. */
export function testRules(tables: Partial<Record<OpName, readonly RuleCase[]>>): void {
  for (const [op, cases] of Object.entries(tables) as [OpName, readonly RuleCase[]][]) {
    Deno.test(`the rule of ${op}`, () => {
      for (const each of cases) testCase(op, each);
    });
  }
}

function testCase(op: OpName, { inputs, attributes = {}, gives, refuses }: RuleCase): void {
  const graph = new Graph("case");
  const values = inputs.map((text, i) => value(graph, text, `x${i}`));
  const apply = () => shapeRules[op]({ op, inputs: values, attributes }).map(describe);
  const what = `${op}(${inputs.join(", ")})`;
  if (refuses === undefined) {
    assert.deepEqual(apply(), gives, what);
    return;
  }
  const received = values.map((each) => each === undefined ? "-" : describe(each)).join(", ");
  assert.throws(apply, {
    name: "TypeError",
    message: `Cannot apply ${op} as ${refuses}: received ${received || "nothing"}`,
  }, what);
}

function value(graph: Graph, text: Given, name: string): Value | undefined {
  if (text === "-") return undefined;
  const shaped = /^(\w+)\[(.*)\]$/.exec(text);
  if (shaped !== null) {
    const [, dtype, dims = ""] = shaped;
    const shape = dims.split(", ").filter(Boolean).map((dim) =>
      /^\d+$/.test(dim) ? Number(dim) : dim
    );
    return graph.input(name, dtype as Dtype, shape);
  }
  const [dtype, ...data] = text.split(" ");
  return graph.constant({ dtype: dtype as Dtype, shape: [data.length], data: data.map(Number) });
}
