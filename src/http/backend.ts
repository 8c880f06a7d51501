/**
 * Backend: the models behind the HTTP side, and whether they are loaded. A server listens before that,
 * so that probes can distinguish a start from a failure.
 *
 * @module
 */

import type { Batcher, BatcherStats } from "../batch/batcher.ts";
import { AbacusError } from "../errors.ts";
import type { ModelSet, WithModel } from "../model/model_set.ts";
import type { Scorer } from "../scorer/scorer.ts";

/** One model or mixture, and what scores with it. */
export interface ServedModel extends WithModel {
  readonly scorer: Pick<Scorer, "score" | "facts">;
  /** @default a mixture has no queue of its own: its members have theirs */
  readonly batcher?: Pick<Batcher, "stats"> & Partial<Pick<Batcher, "refusal">>;
}

/** Every model of a server. */
export type ServedModels = ModelSet<ServedModel>;

/** How far a server is, in the words of `GET /readyz`. */
export const readinesses = ["loading", "ready", "recovering", "failed", "draining"] as const;

/** One of them: it is `recovering` while no replica of some model lives, and `failed` where none will. */
export type Readiness = typeof readinesses[number];

/** How long a caller should wait before asking a server that is loading again. */
const loadingRetryS = 2;

/** The models, or the reason why they cannot be asked. */
export class Backend {
  #models: ServedModels | undefined;
  #failed = false;
  readonly #draining: AbortSignal | undefined;

  /**
   * @param models the models, or their promise while they load and warm up
   * @param draining aborted when the server stops taking work
   */
  constructor(models: ServedModels | Promise<ServedModels>, draining?: AbortSignal) {
    this.#draining = draining;
    if (models instanceof Promise) this.#await(models);
    else this.#models = models;
  }

  get readiness(): Readiness {
    if (this.#draining?.aborted) return "draining";
    if (this.#failed) return "failed";
    return this.#models?.state ?? "loading";
  }

  /** The models. @throws {AbacusError} `overloaded` until all are loaded */
  require(): ServedModels {
    if (this.#models !== undefined) return this.#models;
    const reason = this.#failed ? "the model failed to load" : "the model is still loading";
    throw new AbacusError("overloaded", `Cannot answer as ${reason}`, {
      retryAfterS: loadingRetryS,
    });
  }

  /** The models, if one of them has a place for a completion. @throws {AbacusError} `overloaded` */
  requirePlace(): ServedModels {
    const models = this.require();
    const refusals = models.all.flatMap(({ batcher }) =>
      batcher === undefined ? [] : [batcher.refusal]
    );
    const [refusal] = refusals;
    if (refusal === undefined || refusals.includes(undefined)) return models;
    throw refusal;
  }

  /** Where every model runs; none until they are loaded. */
  get places(): readonly { readonly model: string; device: string; dtype: string }[] {
    return (this.#models?.all ?? []).map(({ model: { name }, scorer: { facts } }) => ({
      ...{ model: name, device: facts.device, dtype: facts.dtype },
    }));
  }

  /** The queue of every model at a glance; none until they are loaded. */
  get queues(): readonly { readonly model: string; readonly stats: BatcherStats }[] {
    return (this.#models?.all ?? [])
      .flatMap(({ model, batcher }) =>
        batcher === undefined ? [] : [{ model: model.name, stats: batcher.stats }]
      );
  }

  /** How each replica of every model is; none until they are loaded. */
  get replicas(): readonly { readonly model: string; readonly states: readonly string[] }[] {
    return (this.#models?.all ?? [])
      .flatMap(({ model: { name, engine } }) =>
        engine === undefined ? [] : [{ model: name, states: engine.states ?? ["ready"] }]
      );
  }

  /** Its failure is reported where the loading began; here it only shows. */
  async #await(models: Promise<ServedModels>): Promise<void> {
    try {
      this.#models = await models;
    } catch {
      this.#failed = true;
    }
  }
}
