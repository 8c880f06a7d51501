/**
 * Control flow: a body that runs a number of times, and a choice between two bodies.
 *
 * @module
 */

import { Graph } from "../graph.ts";
import type { Value } from "../value.ts";
import { graphOf } from "./apply.ts";

/** What goes through the turns of a loop. */
export interface Turns {
  /** Values that each turn gets from the one before. Extents that change must be unknown at first. */
  readonly carried: readonly Value[];
  /** Values of each turn, which come back stacked, `[turns, ...shape]`: all turns yield one shape. */
  readonly collected: readonly Value[];
  /** Whether another turn may follow (scalar bool). @default true */
  readonly goOn?: Value;
}

/** One turn: gets its number (scalar int64) and what is carried. */
export type Turn = (turn: Value, carried: readonly Value[]) => Turns;

/**
 * Calls for `turns` (scalar int64) turns of `body`, which may read any value of the graphs around it.
 * Each of the values it returns comes back stacked.
 *
 * The loop belongs to the graph of `turns`: for a loop in another's body, `pass` it in there.
 */
export function loop(
  turns: Value,
  name: string,
  body: (turn: Value) => readonly Value[],
): readonly Value[] {
  const step: Turn = (turn) => ({ carried: [], collected: body(turn) });
  return carry(turns, { name, initial: [] }, step).collected;
}

/** As {@linkcode loop}, with values that are carried from turn to turn, from `initial` on. */
export function carry(
  turns: Value,
  { name, initial }: { name: string; initial: readonly Value[] },
  step: Turn,
): Turns {
  const graph = graphOf([turns, ...initial]);
  const body = new Graph(graph.label(`${name}#`), graph);
  const turn = body.input(`${body.name}.turn`, "int64", []);
  const goOn = body.input(`${body.name}.go`, "bool", []);
  const before = initial.map((value, i) =>
    body.input(`${body.name}.before${i}`, value.dtype, value.shape)
  );
  const { carried, collected, goOn: more = goOn } = step(turn, before);
  if (carried.length !== initial.length) {
    throw new TypeError(
      `Cannot carry ${initial.length} values as a turn hands on another count: received ${carried.length}`,
    );
  }
  body.output(`${body.name}.continue`, more);
  carried.forEach((value, i) => body.output(`${body.name}.after${i}`, value));
  collected.forEach((value, i) => body.output(`${body.name}.yield${i}`, value));
  const attributes = { body: { graph: body } };
  const results = graph.emit("Loop", [turns, graph.scalar("bool", 1), ...initial], { attributes });
  return { carried: results.slice(0, initial.length), collected: results.slice(initial.length) };
}

/** A branch of a choice. What it computes must start from values that it brings in. */
export type Branch = (bring: (value: Value) => Value) => Value;

/**
 * Computes one of two branches, which belong to the graph of `condition`. A node belongs to the
 * innermost graph it reads from, so what a branch computes from values that it did not bring in is
 * computed in any case.
 *
 * @param condition scalar bool, known when the graph runs
 */
export function choose(
  condition: Value,
  { then, otherwise }: { then: Branch; otherwise: Branch },
): Value {
  const { graph } = condition;
  const branch = (name: string, build: Branch) => {
    const inner = new Graph(graph.label(`${name}#`), graph);
    const brought = new Map<Value, Value>();
    const bring = (value: Value) => {
      const local = brought.get(value) ?? inner.pass(value);
      brought.set(value, local);
      return local;
    };
    inner.output(`${inner.name}.result`, build(bring));
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
