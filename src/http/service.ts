/**
 * Service: what stands behind the HTTP side, and whether it is there yet. A server listens before its
 * model has loaded, so that whoever watches it can tell "starting" from "dead".
 *
 * @module
 */

import type { BatcherStats } from "../batch/batcher.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Scorer } from "../scorer/scorer.ts";

/** Everything behind the HTTP side. */
export interface Service {
  readonly scorer: Pick<Scorer, "score">;
  readonly model: LoadedModel;
  readonly batcher: { readonly stats: BatcherStats };
}

/** How far a server is, in the words of `GET /readyz`. */
export type Readiness = "loading" | "ready" | "failed" | "draining";

/** How long a caller should wait before asking a server that is loading again. */
const loadingRetryS = 2;

/** The service, or what there is to say while it is not there. */
export class Backend {
  #service: Service | undefined;
  #failed = false;
  readonly #draining: AbortSignal | undefined;

  /**
   * @param service the service, or its promise while the model loads and warms up
   * @param draining aborted when the server stops taking work
   */
  constructor(service: Service | Promise<Service>, draining?: AbortSignal) {
    this.#draining = draining;
    if (service instanceof Promise) this.#await(service);
    else this.#service = service;
  }

  get readiness(): Readiness {
    if (this.#draining?.aborted) return "draining";
    if (this.#failed) return "failed";
    return this.#service === undefined ? "loading" : "ready";
  }

  /** The service. @throws {AbacusError} `overloaded` while there is none */
  require(): Service {
    if (this.#service !== undefined) return this.#service;
    const reason = this.#failed ? "the model failed to load" : "the model is still loading";
    throw new AbacusError("overloaded", `Cannot answer as ${reason}`, {
      retryAfterS: loadingRetryS,
    });
  }

  /**
   * What serves the model of this name; without one, the default model.
   *
   * @throws {AbacusError} `unknown_model`, or `overloaded` while nothing is loaded
   */
  find(name: string | undefined): Service {
    const service = this.require();
    if (name === undefined || name === service.model.name) return service;
    throw new AbacusError(
      "unknown_model",
      `Cannot score as the loaded model is '${service.model.name}': received '${name}'`,
      { path: "model" },
    );
  }

  /** The queue at a glance; undefined while there is none. */
  get queue(): BatcherStats | undefined {
    return this.#service?.batcher.stats;
  }

  /** Whoever began the loading hears of its failure there; here it only shows. */
  async #await(service: Promise<Service>): Promise<void> {
    try {
      this.#service = await service;
    } catch {
      this.#failed = true;
    }
  }
}
