/**
 * What is timed on a device: Abacus in each form of attention, transformers with and without attentions, and vLLM where
 * it is installed. Only one of them holds the weights at a time, as two may not fit.
 *
 * @module
 */

import type { Place } from "../../../src/engine/devices.ts";
import type { ComputeDtype } from "../../../src/engine/engine.ts";
import { openEngine } from "../../../src/engine/open.ts";
import type { AttentionForm } from "../../../src/engine/passes/scoring.ts";
import { readBlueprint } from "../../../src/model/blueprint.ts";
import { findPython, PythonPeer } from "../../support/python.ts";
import type { Workload } from "../workload.ts";

/** One run over a workload. */
export interface Timed {
  readonly seconds: number;
  readonly scores: readonly number[];
}

/** Somebody who scores workloads with a model that is loaded. */
export interface Scorer extends AsyncDisposable {
  score(workload: Workload): Promise<Timed>;
}

/** Somebody who can load it. */
export interface Contender {
  readonly name: string;
  readonly credit: boolean;
  /** Whether its scores are the model's raw ones, as ours are. */
  readonly rawScores: boolean;
  /** @throws {Error} where it cannot be had here, saying why */
  load(directory: string): Promise<Scorer>;
}

/** Where and in what all of them compute. */
export interface Setting {
  readonly place: Place;
  readonly dtype: ComputeDtype;
}

/** Abacus in a form of attention. */
export function abacus(
  { place, dtype }: Setting,
  form: AttentionForm,
  { credit }: { credit: boolean },
): Contender {
  const measure = credit ? ["attention" as const] : [];
  return {
    name: `abacus ${form}`,
    credit,
    rawScores: true,
    async load(directory) {
      const { architecture, graph } = await readBlueprint(directory, { dtype, attention: form });
      const engine = await openEngine(graph, { architecture, device: place, dtype });
      return {
        async score({ sequences }) {
          const started = performance.now();
          const { outputs } = await engine.run(
            sequences.map((ids) => ({ ids, pool: [ids.length - 1], rows: [], measure })),
          );
          const seconds = (performance.now() - started) / 1000;
          return { seconds, scores: outputs.map(({ logits }) => logits[0] ?? NaN) };
        },
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      };
    },
  };
}

/** Sequences of one forward pass of transformers; the fastest counts. */
const BATCHES = [8, 16, 32];

/** transformers, with attentions as credit needs them (`eager`), or at its fastest (`sdpa`). */
export function transformers({ place, dtype }: Setting, how: "eager" | "sdpa"): Contender {
  return {
    name: `transformers ${how}`,
    credit: how === "eager",
    rawScores: true,
    load: (directory) =>
      peer(["torch", "transformers"], "../transformers_peer.py", {
        args: [directory, `${navigator.hardwareConcurrency}`, place === "cpu" ? "cpu" : "cuda"],
        requests: BATCHES.map((batch) => ({ how, dtype, batch })),
      }),
  };
}

/** vLLM's pooling, which batches by itself and gives no attention. */
export function vllm({ dtype }: Setting): Contender {
  return {
    name: "vllm pooling",
    credit: false,
    rawScores: false,
    load: (directory) =>
      peer(["vllm"], "./vllm_peer.py", { args: [directory, dtype], requests: [{}] }),
  };
}

/** A Python process that is asked in several ways, of which the fastest counts. */
async function peer(
  modules: readonly string[],
  script: string,
  { args, requests }: { args: readonly string[]; requests: readonly object[] },
): Promise<Scorer> {
  const python = await findPython(modules);
  if (python === undefined) throw new Error(`no Python with ${modules.join(" and ")}`);
  const process = await PythonPeer.start(python, new URL(script, import.meta.url), args);
  return {
    async score(workload) {
      const sequences = workload.sequences.map((ids) => [...ids]);
      const timings: Timed[] = [];
      for (const request of requests) timings.push(await process.ask({ ...request, sequences }));
      return timings.reduce((best, each) => each.seconds < best.seconds ? each : best);
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
