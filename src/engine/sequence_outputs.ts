/**
 * What a session put out, taken apart into one output per query.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { TokenTree } from "../tree/token_tree.ts";
import type { Outputs } from "./arrays.ts";
import type { Query, SequenceOutput } from "./engine.ts";

/** Numbers in rows. */
interface Matrix {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Reads the outputs `logits` and `credit`.
 *
 * @throws {AbacusError} `model_failure` at `[i]` where a query's logits or attention are not finite:
 * no number is made up for it (law 3).
 */
export function sequenceOutputs(
  queries: readonly Query[],
  tree: TokenTree,
  outputs: Outputs,
): SequenceOutput[] {
  const [logits, credit] = [matrixOf("logits", outputs), matrixOf("credit", outputs)];
  return queries.map((query, i) => {
    const read = rowsOf(logits, tree.rowsOf[i] ?? new Int32Array());
    expectFinite(read, { what: "a score", index: i });
    if (!query.attention) return { logits: read };
    const attention = attentionOf(query, credit, tree.creditRowOf[i] ?? -1);
    expectFinite(attention, { what: "an attention", index: i });
    return { logits: read, attention };
  });
}

/**
 * A output with its attribution.
 *
 * @throws {AbacusError} `model_failure` at `[index]` where a number is not finite
 */
export function attributed(
  output: SequenceOutput,
  attribution: Float32Array,
  index: number,
): SequenceOutput {
  expectFinite(attribution, { what: "a gradient", index });
  return { ...output, attribution };
}

function matrixOf(name: string, outputs: Outputs): Matrix {
  const { data, dims = [] } = outputs[name] ?? {};
  if (data instanceof Float32Array) return { data, dims };
  throw new TypeError(
    `Cannot read the output "${name}" as float32: received ${data?.constructor.name ?? "none"}`,
  );
}

/** Some rows of a matrix, one after the other. */
function rowsOf({ data, dims }: Matrix, rows: Int32Array): Float32Array {
  const columns = dims[1] ?? 1;
  const picked = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    picked.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return picked;
}

/** A credit row lists prefix and own run in order, which is the order of the sequence itself. */
function attentionOf({ ids, rows }: Query, { data, dims }: Matrix, row: number): Float32Array {
  const start = row * (dims[1] ?? 0);
  const seen = (rows.at(-1) ?? -1) + 1;
  const attention = new Float32Array(ids.length);
  attention.set(data.subarray(start, start + seen));
  return attention;
}

function expectFinite(
  numbers: Float32Array,
  { what, index }: { what: string; index: number },
): void {
  const found = numbers.find((number) => !Number.isFinite(number));
  if (found === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot use ${what} that is not finite: received ${found}`,
    {
      path: `[${index}]`,
    },
  );
}
