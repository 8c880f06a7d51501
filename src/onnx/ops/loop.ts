/**
 * Loop: runs a body a number of times and stacks what it yields.
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
  const inner = new Graph(name, turns.graph);
  const turn = inner.input(`${name}.turn`, "int64", []);
  const goOn = inner.input(`${name}.go`, "bool", []);
  const yields = body(turn, inner);
  inner.output(`${name}.continue`, inner.emit("Identity", [goOn])[0] ?? goOn);
  yields.forEach((value, i) => inner.output(`${name}.yield${i}`, value));
  const always = turns.graph.scalar("bool", 1);
  return turns.graph.emit("Loop", [turns, always], { attributes: { body: { graph: inner } } });
}
