/**
 * Swept step: the optimizer's step on vectors that stay where they are, a slice after the other. It takes no memory
 * but theirs, and what is computed between reading and writing a slice fits the processor's cache.
 *
 * @module
 */

import type { Feeds } from "../../engine/runtime.ts";
import { scalar } from "./bindings.ts";
import type { AdamSettings } from "./optimiser.ts";
import { laterSettings } from "./optimizer_step.ts";
import type { ParameterLayout } from "./parameter_vector.ts";
import type { SessionCache } from "./session_cache.ts";
import { squaresGraph, stepGraph } from "./update_in_parts.ts";

/** Elements of a slice: a MiB. */
const SLICE = 2 ** 18;

/** What a step does with the policy and its critic. */
export interface StepPhase {
  readonly criticOnly: boolean;
  /** Whether the policy has had fewer updates than the critic. */
  readonly policyLater: boolean;
}

/** A part of the vectors that takes its step by settings of its own. */
interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly settings: AdamSettings;
  /** Whether it is trained later than the run began, by updates of its own count. */
  readonly later: boolean;
}

/** What is told of a step. */
export interface StepStats {
  readonly gradient_norm: number;
  readonly learning_rate: number;
}

/**
 * Takes a step of Adam on the vectors `parameters`, `first` and `second`, by the vector `gradient`, whose entries
 * for the policy are not read where the critic alone is trained.
 *
 * @param feeds `update` and `policy_update`, as of `updateGraph`
 */
export async function sweptStep(
  sessions: SessionCache,
  ranges: readonly Range[],
  feeds: () => Feeds,
): Promise<StepStats> {
  const squares: number[] = [];
  for (const range of ranges) squares.push(await sumOfSquares(sessions, range));
  const whole = norm(squares);
  const rates: number[] = [];
  for (const [i, range] of ranges.entries()) {
    const clipped = range.settings.critic?.maxGradientNorm === undefined
      ? whole
      : norm([squares[i]!]);
    rates.push(await step(sessions, range, { ...feeds(), norm: scalar(clipped) }));
  }
  return { gradient_norm: whole, learning_rate: rates[0]! };
}

/** The ranges of a step: everything at once, or the policy and its critic. */
export function rangesOf(
  settings: AdamSettings,
  { policySize, size }: ParameterLayout,
  { criticOnly, policyLater }: StepPhase,
): readonly Range[] {
  const { learningRate = settings.learningRate, maxGradientNorm = settings.maxGradientNorm } =
    settings.critic ?? {};
  const own = policyLater ? laterSettings(settings) : settings;
  const policy = { name: "policy", start: 0, end: policySize, settings: own, later: policyLater };
  const critic = {
    name: "critic",
    start: policySize,
    end: size,
    settings: { ...settings, learningRate, maxGradientNorm },
    later: false,
  };
  if (criticOnly) return [critic];
  if (settings.critic === undefined && !policyLater) return [{ ...policy, name: "all", end: size }];
  return [policy, critic].filter(({ start, end }) => start < end);
}

async function sumOfSquares(sessions: SessionCache, { start, end }: Range): Promise<number> {
  const { sum } = await sessions.run({ kind: "squares", shape: "", build: squaresGraph }, () => ({
    feeds: {},
    sweep: { start, end, slice: SLICE, read: { gradient: "gradient" } },
  }));
  return Array.from(sum!.data, Number).reduce((total, each) => total + each, 0);
}

function norm(squares: readonly number[]): number {
  return Math.sqrt(squares.reduce((sum, each) => sum + each, 0));
}

/** @returns the learning rate */
async function step(
  sessions: SessionCache,
  { name, start, end, settings, later }: Range,
  feeds: Feeds,
): Promise<number> {
  const build = () => stepGraph(settings, { later });
  const shape = later ? `${name}, later` : name;
  const outputs = await sessions.run({ kind: "step", shape, build }, () => ({
    feeds,
    sweep: {
      start,
      end,
      slice: SLICE,
      read: { gradient: "gradient", parameters: "parameters", first: "first", second: "second" },
      write: {
        "parameters.next": "parameters",
        "first.next": "first",
        "second.next": "second",
      },
    },
  }));
  return Number(outputs["learning_rate"]!.data[0]);
}
