/**
 * Shape rules of control flow.
 *
 * @module
 */

import { agreedShape } from "../broadcast.ts";
import type { Graph } from "../graph.ts";
import { type Facts, type Shape, UNKNOWN } from "../value.ts";
import { type Application, expect, input, numbers, type ShapeRule } from "./rule.ts";

/**
 * The number of turns, whether to begin, and the carried values. The body takes the number of the turn,
 * whether to go on and the carried values; it yields whether to go on, the carried values and what is
 * collected, which comes back stacked.
 */
export function loop(application: Application): ReturnType<ShapeRule> {
  const turns = input(application, 0, "index");
  expect(
    application,
    turns.dtype === "int64" && isScalar(turns.shape),
    "it needs a number of turns",
  );
  const go = input(application, 1, "bool");
  expect(application, isScalar(go.shape), "whether to begin must be a scalar");
  const body = graphOf(application, "body");
  const carried = application.inputs.slice(2).map((_, i) => input(application, i + 2));
  const [goOn, ...results] = body.outputs.values();
  expect(
    application,
    goOn?.dtype === "bool" && results.length >= carried.length &&
      body.inputs.length === carried.length + 2,
    "its body must take and yield whether to go on and every carried value",
  );
  const [count = UNKNOWN] = takesEveryTurn(body) ? numbers(turns) ?? [] : [];
  return results.map((result, i) => {
    const before = carried[i];
    if (before === undefined) return { dtype: result.dtype, shape: [count, ...result.shape] };
    return either(application, before, result);
  });
}

/** Whether the body returns the condition that it was given, and so never ends the loop itself. */
function takesEveryTurn(body: Graph): boolean {
  const [goOn] = body.outputs.values();
  const node = body.nodes.find(({ outputs }) => goOn !== undefined && outputs.includes(goOn));
  return node?.op === "Identity" && node.inputs[0] === body.inputs[1];
}

/** A condition and two branches without inputs, whose results must be alike. */
export function choice(application: Application): ReturnType<ShapeRule> {
  expect(application, isScalar(input(application, 0, "bool").shape), "it needs one condition");
  const [yes, no] = ["then_branch", "else_branch"].map((name) => [
    ...graphOf(application, name).outputs.values(),
  ]);
  expect(application, yes?.length === no?.length, "its branches have different results");
  return (yes ?? []).map((result, i) => either(application, result, no?.[i] ?? result));
}

/** What is known of a value that may be one or the other. */
function either(application: Application, a: Facts, b: Facts): Facts {
  const alike = a.dtype === b.dtype && agreedShape(a.shape, b.shape) !== undefined;
  expect(application, alike, `[${a.shape.join(", ")}] may not turn into [${b.shape.join(", ")}]`);
  return { dtype: a.dtype, shape: a.shape.map((dim, i) => dim === b.shape[i] ? dim : UNKNOWN) };
}

/** Runtimes take a vector of one for a scalar here. */
function isScalar(shape: Shape): boolean {
  return shape.length === 0 || shape.length === 1 && shape[0] === 1;
}

function graphOf(application: Application, name: string): Graph {
  const attribute = application.attributes[name];
  expect(
    application,
    attribute !== undefined && "graph" in attribute,
    `its graph "${name}" is missing`,
  );
  return attribute.graph;
}
