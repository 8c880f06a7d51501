/**
 * What `inspect` finds of an adapter: its base model, and what it changes of it.
 *
 * @module
 */

import type { Blueprint } from "../model/blueprint.ts";

/** What an adapter changes, and of which model. */
export interface AdapterFindings {
  readonly base?: string;
  readonly adapter?: {
    /** How many modules have matrices. */
    readonly modules: number;
    readonly ranks: readonly number[];
    /** Tensors in place of the base model's. */
    readonly saved: readonly string[];
  };
}

/** What is found of the adapter; nothing where there is none. */
export function adapterFindings({ model, adapter }: Blueprint["files"]): AdapterFindings {
  if (adapter === undefined) return {};
  const { matrices, saved } = adapter.tensors;
  const ranks = new Set([...matrices.values()].map(({ up }) => up.shape[1] ?? 0));
  return {
    base: model,
    adapter: {
      modules: matrices.size,
      ranks: [...ranks].toSorted((a, b) => a - b),
      saved: [...saved.keys()],
    },
  };
}

/** As in `12 modules of rank 8; 3 tensors in place of the base model's`. */
export function* adapterLines({ base, adapter }: AdapterFindings): Generator<[string, string]> {
  if (base === undefined || adapter === undefined) return;
  yield ["base model", base];
  const { modules, ranks, saved } = adapter;
  const stored = `${saved.length} ${saved.length === 1 ? "tensor" : "tensors"}`;
  const whole = saved.length === 0 ? "" : `; ${stored} in place of the base model's`;
  yield ["adapter", `${modules} modules of rank ${ranks.join(", ")}${whole}`];
}
