/**
 * The adapters of tests/golden/adapters, made by tests/oracle/adapters.py, and what peft answered.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What peft's model answered for one sequence. */
export interface AdaptedSequence {
  readonly ids: readonly number[];
  /** The head's outputs at the pooled position. */
  readonly logits: readonly number[];
}

/** The two directories of a case. */
export function goldenAdapter(name: string): { readonly adapter: string; readonly base: string } {
  const folder = resolve(fileURLToPath(new URL("../golden/adapters", import.meta.url)), name);
  return { adapter: join(folder, "adapter"), base: join(folder, "base") };
}

/** What peft answered. */
export async function readGoldenAdapter(name: string): Promise<readonly AdaptedSequence[]> {
  const { adapter } = goldenAdapter(name);
  return JSON.parse(await Deno.readTextFile(join(adapter, "../golden.json"))).sequences;
}
