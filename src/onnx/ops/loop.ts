/**
 * Control flow: a body that runs a number of times, and a choice between two bodies.
 *
 * @module
 */

import { Graph } from "../graph.ts";
import type { Value } from "../value.ts";

/**
 * Calls for `turns` (scalar int64) turns of `body`, which gets the number of the turn (scalar int64) and may
 * read any value of the graphs around it. Each of the values it returns comes back stacked:
 * `[turns, ...shape]`. Every turn must yield the same shape.
 */
export function loop(
  turns: Value,
  name: string,
  body: (turn: Value, graph: Graph) => readonly Value[],
): readonly Value[] {
  const inner = new Graph(turns.graph.label(`${name}#`), turns.graph);
  const turn = inner.input(`${inner.name}.turn`, "int64", []);
  const goOn = inner.input(`${inner.name}.go`, "bool", []);
  const yields = body(turn, inner);
  inner.output(`${inner.name}.continue`, inner.emit("Identity", [goOn])[0] ?? goOn);
  yields.forEach((value, i) => inner.output(`${inner.name}.yield${i}`, value));
  const always = turns.graph.scalar("bool", 1);
  return turns.graph.emit("Loop", [turns, always], { attributes: { body: { graph: inner } } });
}

/** A branch of a choice; `local` are the branch's own names for the values it was given. */
export type Branch = (local: readonly Value[]) => Value;

/**
 * Computes one of two branches. A node belongs to the innermost graph it reads from, so a branch must
 * start from `values`: what it computes from anything else is computed in any case.
 *
 * @param condition scalar bool, known when the graph runs
 */
export function choose(
  condition: Value,
  values: readonly Value[],
  { then, otherwise }: { then: Branch; otherwise: Branch },
): Value {
  const { graph } = condition;
  const branch = (name: string, build: Branch) => {
    const inner = new Graph(graph.label(`${name}#`), graph);
    const local = values.map((value) => inner.emit("Identity", [value])[0] ?? value);
    inner.output(`${inner.name}.result`, build(local));
    return { graph: inner };
  };
  const attributes = {
    then_branch: branch("then", then),
    else_branch: branch("else", otherwise),
  };
  const [result] = graph.emit("If", [condition], { attributes });
  if (result === undefined) throw new TypeError("Cannot choose as the branches have no result");
  return result;
}
