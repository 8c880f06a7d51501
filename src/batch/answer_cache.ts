/**
 * AnswerCache: what models said of earlier queries, the most recently asked ones, within a bound in
 * bytes that all models of a server share.
 *
 * A key says all that decides an answer (`query_key.ts`), so an answer from here is one that the model
 * gave to just this question (law 2). Errors are never kept. Whoever reads an output must not write into
 * its arrays: they are handed to everybody.
 *
 * @module
 */

import { LRUCache } from "lru-cache";
import type { SequenceOutput } from "../engine/engine.ts";
import type { KeptAnswers } from "./flights.ts";

/** What an answer takes beside its numbers and its key: objects, and its place in the map. */
const OVERHEAD_BYTES = 768;

/** Of a text, which may hold any UTF-16 unit. */
const BYTES_PER_UNIT = 2;

/** The cache at a glance. */
export interface AnswerCacheStats {
  /** Bytes of what is kept. */
  readonly bytes: number;
  /** How many answers are kept. */
  readonly answers: number;
  /** Answers that made room for others. */
  readonly evictions: number;
  /** How often each model's answers were asked for, and there or not. */
  readonly models: readonly {
    readonly model: string;
    readonly hits: number;
    readonly misses: number;
  }[];
}

/** Keeps answers of several models. */
export class AnswerCache {
  readonly #answers: LRUCache<string, SequenceOutput>;
  readonly #models: ModelAnswers[] = [];
  #evictions = 0;

  /** @param maxBytes of all answers; an answer that is larger by itself is not kept */
  constructor(maxBytes: number) {
    this.#answers = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (output, key) => bytesOf(output) + BYTES_PER_UNIT * key.length,
      dispose: (_output, _key, reason) => {
        if (reason === "evict") this.#evictions++;
      },
    });
  }

  /** The answers of one model, by a name that is no other's. */
  of(model: string): KeptAnswers {
    const answers = new ModelAnswers(model, this.#answers);
    this.#models.push(answers);
    return answers;
  }

  get stats(): AnswerCacheStats {
    return {
      bytes: this.#answers.calculatedSize,
      answers: this.#answers.size,
      evictions: this.#evictions,
      models: this.#models.map(({ model, hits, misses }) => ({ model, hits, misses })),
    };
  }
}

/** One model's part of a cache. */
class ModelAnswers implements KeptAnswers {
  readonly model: string;
  readonly #answers: LRUCache<string, SequenceOutput>;
  hits = 0;
  misses = 0;

  constructor(model: string, answers: LRUCache<string, SequenceOutput>) {
    this.model = model;
    this.#answers = answers;
  }

  get(key: string): SequenceOutput | undefined {
    const found = this.#answers.get(this.#keyOf(key));
    if (found === undefined) this.misses++;
    else this.hits++;
    return found;
  }

  keep(key: string, output: SequenceOutput): void {
    this.#answers.set(this.#keyOf(key), copyOf(output));
  }

  /** A query's key tells where it ends, and so no two models' keys are the same. */
  #keyOf(key: string): string {
    return `${key} ${this.model}`;
  }
}

/** Outputs are views of what a whole batch put out, which must not be kept alive for one of them. */
function copyOf({ logits, rowLogits, measured }: SequenceOutput): SequenceOutput {
  const copies = Object.entries(measured).map(([name, numbers]) => [name, numbers.slice()]);
  return {
    logits: logits.slice(),
    rowLogits: rowLogits.slice(),
    measured: Object.fromEntries(copies),
  };
}

function bytesOf({ logits, rowLogits, measured }: SequenceOutput): number {
  const arrays = [logits, rowLogits, ...Object.values(measured)];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, OVERHEAD_BYTES);
}
