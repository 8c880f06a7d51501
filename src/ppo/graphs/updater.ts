/**
 * Updater: takes optimizer steps on minibatches, whole or in parts. The vectors stay in the runtime.
 *
 * @module
 */

import type { Feeds } from "../../engine/runtime.ts";
import { nameOf, shapeFor } from "./batch_feeds.ts";
import { inPlace, replaced, scalar } from "./bindings.ts";
import { type Minibatch, minibatchFeeds } from "./minibatch_feeds.ts";
import {
  belongsToCritic,
  type ParameterLayout,
  type VectorLayouts,
  viewsOf,
} from "./parameter_vector.ts";
import type { PolicyEngineOptions } from "./policy_engine.ts";
import type { SessionCache } from "./session_cache.ts";
import { updateGraph } from "./update_graph.ts";
import { rangesOf, sweptStep } from "./swept_step.ts";
import { gradientGraph, gradientNames } from "./update_in_parts.ts";
import { added, lossStatNames, statNames, statsOf, type UpdateStats } from "./update_stats.ts";

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

/** Trains a policy whose vectors are in the runtime, with {@linkcode isInParts} a tensor `gradient` as well. */
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
    return isInParts(this.#options, this.#layouts.parameters)
      ? await this.#updateInParts(minibatch, options)
      : await this.#updateAtOnce(minibatch, options);
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
  async #updateInParts(minibatch: Minibatch, options: UpdateOptions): Promise<UpdateStats> {
    const { kind, ...phase } = phaseOf(options);
    const { parts = 1, adam } = this.#options;
    const layout = this.#layouts.parameters;
    const adds = parts > 1;
    const size = Math.ceil(this.#options.minibatch / parts);
    const lossNames = lossStatNames(this.#options.actorCritic);
    const found: UpdateStats[] = [];
    for (let start = 0; start < minibatch.sequences.length; start += size) {
      const part = [start, start + size] as const;
      const shape = shapeFor(minibatch.sequences.slice(...part), size);
      const build = () => gradientGraph({ ...this.#options, ...phase, shape }, { adds });
      const spec = { kind: `part of an ${kind}`, shape: nameOf(shape), build };
      const { output, before } = gradientViews(layout, phase);
      const outputs = await this.#sessions.run(spec, (weights) => ({
        feeds: {
          ...minibatchFeeds(minibatch, { shape, loss: this.#options.loss, part }),
          ...positionFeeds(options),
          kept: scalar(start === 0 ? 0 : 1),
        },
        use: { ...viewsOf(weights, this.#layouts), ...adds ? before : {} },
        keep: output,
      }));
      found.push(statsOf(lossNames, outputs));
    }
    const ranges = rangesOf(adam, layout, phase);
    const step = await sweptStep(this.#sessions, ranges, () => positionFeeds(options));
    return { ...added(lossNames, found), ...step };
  }
}

/**
 * Weights from which on an update of all at once would take too much memory, and time to pass it: 5.3 million took
 * 9 % longer so.
 */
const LARGE = 2 ** 22;

/** Whether gradients are computed first, into a tensor `gradient`, and the optimizer's step is taken behind. */
export function isInParts(
  { parts = 1, largeFrom = LARGE }: Pick<PolicyEngineOptions, "parts" | "largeFrom">,
  { size }: ParameterLayout,
): boolean {
  return parts > 1 || size >= largeFrom;
}

/** The places of gradients in the vector of all, as outputs, and as inputs that are added to. */
function gradientViews({ places }: ParameterLayout, { criticOnly }: { criticOnly: boolean }) {
  const names = [...places.keys()].filter((name) => !criticOnly || belongsToCritic(name));
  const views = (named: (weight: string) => string) =>
    Object.fromEntries(names.map((name) => {
      const { offset, shape } = places.get(name)!;
      return [named(name), { tensor: "gradient", offset, dims: shape }];
    }));
  return { output: views(gradientNames.output), before: views(gradientNames.before) };
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
