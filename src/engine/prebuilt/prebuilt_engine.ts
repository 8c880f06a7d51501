/**
 * The engine over a prebuilt graph: queries to texts, runs of texts that may stand beside each other, and
 * their answers. See `open.ts`.
 *
 * @module
 */

import { AbacusError, messageOf } from "../../errors.ts";
import type { BatchOutput, Engine, EngineFacts, Query, SequenceOutput } from "../engine.ts";
import type { EngineState } from "../engine_state.ts";
import type { PaddingLimits } from "../passes/padded_feeds.ts";
import { expectFinite } from "../readings.ts";
import type { EngineRuntime } from "../engine_runtime.ts";
import type { Text } from "./padded_texts.ts";
import type { TextAnswer, TextRunner } from "./text_runner.ts";
import { type Company, runsOf } from "./together.ts";

/** What it is made of beside its runtime. */
export interface PrebuiltParts {
  readonly runner: TextRunner;
  readonly company: Company;
  readonly limits: PaddingLimits;
}

/** See {@linkcode Engine}. It measures attention alone, where its graph gives it, and reads no rows. */
export class PrebuiltEngine implements Engine {
  readonly facts: EngineFacts;
  /** Of each replica, one that runs and one that the main thread prepares meanwhile. */
  readonly capacity: number;
  readonly #runtime: EngineRuntime;
  readonly #parts: PrebuiltParts;

  constructor(runtime: EngineRuntime, parts: PrebuiltParts, facts: EngineFacts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.facts = facts;
    this.capacity = 2 * (facts.replicas?.length ?? 1);
  }

  /** Those of its runtime, which may be replaced under it. */
  get states(): readonly EngineState[] {
    return this.#runtime.states ?? ["ready"];
  }

  async run(queries: readonly Query[]): Promise<BatchOutput> {
    queries.forEach((query) => this.#expectAnswerable(query));
    const texts = distinct(queries);
    const outputs = new Map<number, SequenceOutput>();
    let inferenceMs = 0;
    for (const run of runsOf(texts, this.#parts)) {
      const together = run.map((i) => texts[i]!);
      const { answers, runMs } = await this.#ask(together);
      together.forEach(({ askers }, i) => {
        for (const asker of askers) outputs.set(asker, outputOf(answers[i]!, asker, queries));
      });
      inferenceMs += runMs;
    }
    return {
      outputs: queries.map((_, i) => outputs.get(i)!), // every query asks about a text
      computedTokens: texts.reduce((sum, { ids }) => sum + ids.length, 0),
      inferenceMs,
    };
  }

  #expectAnswerable({ rows, measure }: Query): void {
    const wrong = measure.find((name) =>
      name !== "attention" || !this.#parts.runner.options.attention
    );
    if (wrong === undefined && rows.length === 0) return;
    throw new TypeError(
      `Cannot ask a prebuilt graph for ${
        wrong ?? "rows"
      } as it does not give them: received a query`,
    );
  }

  async #ask(texts: readonly Text[]) {
    try {
      return await this.#parts.runner.run(texts);
    } catch (error) {
      if (error instanceof AbacusError) throw error;
      const message = `Cannot run the model: ${messageOf(error)}`;
      throw new AbacusError("model_failure", message, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]();
  }
}

/** A text, and the indices of the queries that are about it. */
interface Asked extends Text {
  readonly askers: number[];
}

/** The texts that differ. */
function distinct(queries: readonly Query[]): Asked[] {
  const known = new Map<string, Asked>();
  queries.forEach(({ ids, types, pool }, i) => {
    const key = `${pool.join()}:${ids.join()}:${(types ?? new Int32Array(ids.length)).join()}`;
    const asked = known.get(key) ?? { ids, types, rows: pool, askers: [] };
    asked.askers.push(i);
    known.set(key, asked);
  });
  return [...known.values()];
}

function outputOf(
  { logits, attention }: TextAnswer,
  index: number,
  queries: readonly Query[],
): SequenceOutput {
  expectFinite(logits, { what: "a score", index });
  const output = { logits: logits.slice(), rowLogits: new Float32Array() };
  if (attention === undefined || queries[index]!.measure.length === 0) {
    return { ...output, measured: {} };
  }
  expectFinite(attention, { what: "an attention", index });
  return { ...output, measured: { attention: attention.slice() } };
}
