/**
 * The settings of every command with a model, and the line that describes the loaded model.
 *
 * @module
 */

import type { LoadOptions } from "../model/load_model.ts";
import type { ModelFacts } from "../scorer/facts.ts";
import type { Settings } from "../settings.ts";
import { countParameters } from "./figures.ts";
import { oneDevice } from "./placement.ts";

/** The names, in the order of the help. */
export const modelSettings = [
  "model",
  "models",
  "base",
  "name",
  "score",
  "normalizeReward",
  "architecture",
  "onnx",
  "head",
  "splitSpecialTokens",
  "poolAt",
  "stepAt",
  "stepMark",
  "stepReduce",
  "appendEos",
  "pair",
  "chatTemplate",
  "device",
  "dtype",
  "attention",
  "maxAttentionMb",
  "cache",
  "threads",
  "maxBatchTokens",
  "maxGradientMb",
  "maxCreditTokens",
] as const;

/** One of the settings of a model. */
export type ModelSetting = typeof modelSettings[number];

/** The options for loading one model. */
export function loadOptions(settings: Pick<Settings, ModelSetting>): LoadOptions {
  const { models, base, name, score, normalizeReward, architecture, onnx, poolAt } = settings;
  const { head, splitSpecialTokens, pair, appendEos, chatTemplate } = settings;
  const { device, dtype, attention, cache, threads } = settings;
  const { stepAt, stepMark, stepReduce } = settings;
  return {
    models,
    base,
    name,
    score,
    normalizeReward,
    architecture,
    onnx,
    head,
    splitSpecialTokens,
    poolAt,
    stepAt,
    stepMark,
    stepReduce,
    appendEos,
    pair,
    chatTemplate,
    device: oneDevice(device),
    dtype,
    cache,
    threads,
    attention: attention === "auto" ? undefined : attention,
    batchTokens: settings.maxBatchTokens,
    attentionBytes: 1e6 * settings.maxAttentionMb,
    gradientBytes: 1e6 * settings.maxGradientMb,
  };
}

/**
 * As in `movie-reward (llama, 3.3 M parameters, float32) on cpu, 2 threads`; an adapter is said to be on its base
 * model, and where config.json does not
 * name the architecture, it is said by what it was found.
 */
export function modelLine(facts: ModelFacts): string {
  const { name, base, family, architecture, chosenBy, parameters, members } = facts;
  if (members !== undefined) return `${name} (mixture: ${facts.scoreRule})`;
  const whole = base === undefined ? name : `${name} on ${base}`;
  const kind = chosenBy === undefined ? family : `${family}: ${architecture} by ${chosenBy}`;
  const { device, dtype, threads, onDevice, replicas } = facts;
  const place = replicas !== undefined
    ? `${replicas.length} replicas (${replicas.join(", ")}), ${threadsText(threads)} each`
    : device === "cpu"
    ? `cpu, ${threadsText(threads)}`
    : onDevice >= 1
    ? device
    : `${device}, which runs ${Math.floor(100 * onDevice)} % of the heavy nodes, the rest on cpu`;
  return `${whole} (${kind}, ${countParameters(parameters)} parameters, ${dtype}) on ${place}`;
}

function threadsText(threads: number): string {
  return `${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** What an operator should know of a model beside that line; each a line of its own. */
export function modelWarnings({ name, notes }: Pick<ModelFacts, "name" | "notes">): string[] {
  return notes.map((each) => `abacus: warning: ${name}: ${each}`);
}
