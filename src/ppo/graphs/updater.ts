/**
 * Updater: takes optimizer steps on minibatches, whole or in parts. The vectors stay in the runtime.
 *
 * @module
 */

import type { Feeds } from "../../engine/runtime.ts";
import { nameOf, shapeFor } from "./batch_feeds.ts";
import { inPlace, replaced, scalar } from "./bindings.ts";
import { type Minibatch, minibatchFeeds } from "./minibatch_feeds.ts";
import { type VectorLayouts, viewsOf } from "./parameter_vector.ts";
import type { PolicyEngineOptions } from "./policy_engine.ts";
import type { SessionCache } from "./session_cache.ts";
import { updateGraph } from "./update_graph.ts";
import { gradientGraph, stepGraph } from "./update_in_parts.ts";
import {
  added,
  lossStatNames,
  statNames,
  statsOf,
  STEP_STATS,
  type UpdateStats,
} from "./update_stats.ts";

/** The position of an update in the run. */
export interface UpdateOptions {
  /** The number of this update in the run, from 1. */
  readonly count: number;
  /** Its number among the updates of the policy. @default count */
  readonly policyCount?: number;
  /** Whether to train the critic alone. @default false */
  readonly criticOnly?: boolean;
  /** What a nat costs, where KL is a term of the loss. @default 0 */
  readonly klCoefficient?: number;
}

/** The vectors that a step replaces. */
const STATE = ["parameters", "first", "second"] as const;

/** Trains a policy whose vectors are in the runtime; with parts, a tensor `gradient` must be there as well. */
export class Updater {
  readonly #sessions: SessionCache;
  readonly #options: PolicyEngineOptions;
  readonly #layouts: VectorLayouts;

  constructor(sessions: SessionCache, options: PolicyEngineOptions, layouts: VectorLayouts) {
    this.#sessions = sessions;
    this.#options = options;
    this.#layouts = layouts;
  }

  /** Takes one optimizer step, with the gradient of all sequences at once or of one part after the other. */
  async update(minibatch: Minibatch, options: UpdateOptions): Promise<UpdateStats> {
    const { parts = 1 } = this.#options;
    return parts === 1
      ? await this.#updateAtOnce(minibatch, options)
      : await this.#updateInParts(minibatch, options, parts);
  }

  async #updateAtOnce(minibatch: Minibatch, options: UpdateOptions): Promise<UpdateStats> {
    const { sequences } = minibatch;
    const shape = shapeFor(sequences, this.#options.minibatch);
    const { kind, ...phase } = phaseOf(options);
    const build = () => updateGraph({ ...this.#options, ...phase, shape });
    const outputs = await this.#sessions.run(
      { kind, shape: nameOf(shape), build },
      (weights) => ({
        feeds: {
          ...minibatchFeeds(minibatch, { shape, loss: this.#options.loss }),
          ...positionFeeds(options),
        },
        use: { ...viewsOf(weights, this.#layouts), ...inPlace(STATE) },
        keep: replaced(STATE),
      }),
    );
    return statsOf(statNames(this.#options.actorCritic), outputs);
  }

  /** The sum of the gradients of parts, whose weights are those of the whole, is the whole's gradient. */
  async #updateInParts(
    minibatch: Minibatch,
    options: UpdateOptions,
    parts: number,
  ): Promise<UpdateStats> {
    const { kind, ...phase } = phaseOf(options);
    const size = Math.ceil(this.#options.minibatch / parts);
    const lossNames = lossStatNames(this.#options.actorCritic);
    const found: UpdateStats[] = [];
    for (let start = 0; start < minibatch.sequences.length; start += size) {
      const part = [start, start + size] as const;
      const shape = shapeFor(minibatch.sequences.slice(...part), size);
      const build = () => gradientGraph({ ...this.#options, ...phase, shape });
      const spec = { kind: `part of an ${kind}`, shape: nameOf(shape), build };
      const outputs = await this.#sessions.run(spec, (weights) => ({
        feeds: {
          ...minibatchFeeds(minibatch, { shape, loss: this.#options.loss, part }),
          ...positionFeeds(options),
          kept: scalar(start === 0 ? 0 : 1),
        },
        use: { ...viewsOf(weights, this.#layouts), gradient: "gradient" },
        keep: { "gradient.next": "gradient" },
      }));
      found.push(statsOf(lossNames, outputs));
    }
    const build = () => stepGraph({ ...this.#options, ...phase }, this.#layouts.parameters);
    const outputs = await this.#sessions.run(
      { kind: `step of an ${kind}`, shape: "", build },
      () => ({
        feeds: positionFeeds(options),
        use: { ...inPlace(STATE), gradient: "gradient" },
        keep: replaced(STATE),
      }),
    );
    return { ...added(lossNames, found), ...statsOf(STEP_STATS, outputs) };
  }
}

/** What part of an update a graph makes, and the kind of its sessions. */
function phaseOf({ count, policyCount = count, criticOnly = false }: UpdateOptions) {
  const policyLater = !criticOnly && policyCount !== count;
  const kind = criticOnly ? "update of the critic" : policyLater ? "later update" : "update";
  return { kind, criticOnly, policyLater };
}

/** Where an update stands in the run. */
function positionFeeds({ count, policyCount = count, klCoefficient = 0 }: UpdateOptions): Feeds {
  return {
    update: scalar(count),
    policy_update: scalar(policyCount),
    kl_coefficient: scalar(klCoefficient),
  };
}
