/**
 * Update stats: the metrics that the graphs of an update put out, by name. Pure.
 *
 * @module
 */

import type { Outputs } from "../../engine/runtime.ts";
import type { Value } from "../../onnx/value.ts";
import type { ActorCritic } from "./actor_critic.ts";
import type { Loss } from "./loss.ts";

/** Entries of the output `stats`, in order; those of the critic are left out where there is none. */
export const UPDATE_STATS = [
  "loss",
  "policy_loss",
  "value_loss",
  "entropy",
  "approx_kl",
  "clip_fraction",
  "value_clip_fraction",
  "gradient_norm",
  "learning_rate",
] as const;

/** The name of an entry. */
type UpdateStat = typeof UPDATE_STATS[number];

/** Entries that only a critic has. */
const CRITIC_STATS = ["value_loss", "value_clip_fraction"] as const;

type CriticStat = typeof CRITIC_STATS[number];

/** The entries of a graph, in order. */
export function statNames({ critic }: Pick<ActorCritic, "critic">): readonly UpdateStat[] {
  if (critic !== "none") return UPDATE_STATS;
  return UPDATE_STATS.filter((name) => !CRITIC_STATS.some((each) => each === name));
}

/** Entries that the optimizer's step tells, the last ones. */
const STEP_STATS = ["gradient_norm", "learning_rate"] as const;

/** Entries that the loss tells, in order. */
export function lossStatNames(actorCritic: Pick<ActorCritic, "critic">): readonly UpdateStat[] {
  return statNames(actorCritic).slice(0, -STEP_STATS.length);
}

/** What the loss tells, by name; undefined for what only a critic has. */
export function lossStats(loss: Loss): Partial<Record<UpdateStat, Value | undefined>> {
  return {
    loss: loss.total,
    policy_loss: loss.policy,
    value_loss: loss.value,
    entropy: loss.entropy,
    approx_kl: loss.approxKl,
    clip_fraction: loss.clipFraction,
    value_clip_fraction: loss.valueClipFraction,
  };
}

/** Metrics of an update; those of a critic are absent without one. */
export type UpdateStats =
  & Readonly<Record<Exclude<UpdateStat, CriticStat>, number>>
  & Readonly<Partial<Record<CriticStat, number>>>;

/** The output `stats` of a graph, by name. */
export function statsOf(names: readonly UpdateStat[], { stats }: Outputs): UpdateStats {
  return Object.fromEntries(
    names.map((name, i) => [name, Number(stats!.data[i])]),
  ) as unknown as UpdateStats;
}

/** The sums of metrics of parts, each of which is weighted as a part of the whole. */
export function added(names: readonly UpdateStat[], parts: readonly UpdateStats[]): UpdateStats {
  const sum = (name: UpdateStat) => parts.reduce((total, part) => total + part[name]!, 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as unknown as UpdateStats;
}
