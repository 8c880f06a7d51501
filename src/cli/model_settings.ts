/**
 * The settings of every command with a model, and the line that describes the loaded model.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { LoadOptions } from "../model/load_model.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Settings } from "../settings.ts";
import { countParameters } from "./figures.ts";

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
  const { device, dtype, cache, threads } = settings;
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
    device,
    dtype,
    cache,
    threads,
    gradientBytes: 1e6 * settings.maxGradientMb,
  };
}

/** A model that a server loads. */
export interface ModelChoice {
  readonly directory: string;
  /** The name that requests use. @default the directory's last part */
  readonly name: string | undefined;
}

/**
 * The models that `--model` names for a server: `DIR` or `NAME=DIR`, several with commas.
 *
 * @throws {AbacusError} `bad_usage` where `--name`, `--architecture` or `--head` is given as well and does not
 * belong to one model
 */
export function modelChoices(
  { model, name, architecture, head }: Pick<Settings, "model" | "name" | "architecture" | "head">,
): ModelChoice[] {
  const choices = model.split(",").map((each) => {
    const [, own, directory = each] = /^([\w.-]+)=(.+)$/.exec(each.trim()) ?? [];
    return { directory: directory.trim(), name: own };
  });
  const single = architecture !== undefined
    ? "architecture"
    : head !== undefined
    ? "head"
    : undefined;
  if (single !== undefined && choices.length > 1) {
    throw new AbacusError(
      "bad_usage",
      `Cannot use --${single} as it is for one model: received --model ${model}`,
    );
  }
  if (name === undefined) return choices;
  const [{ directory, name: own }, ...others] = choices as [ModelChoice, ...ModelChoice[]];
  if (others.length === 0 && own === undefined) return [{ directory, name }];
  throw new AbacusError(
    "bad_usage",
    `Cannot use --name as it is for one model given as DIR: received --model ${model}`,
  );
}

/**
 * As in `movie-reward (llama, 3.3 M parameters, float32) on cpu, 2 threads`; an adapter is said to be on its base
 * model, and where config.json does not
 * name the architecture, it is said by what it was found.
 */
export function modelLine(
  { name, base, family, architecture, chosenBy, parameters, engine }: LoadedModel,
): string {
  const whole = base === undefined ? name : `${name} on ${base}`;
  const kind = chosenBy === undefined ? family : `${family}: ${architecture} by ${chosenBy}`;
  const { device, dtype, threads, onDevice } = engine.facts;
  const place = device === "cpu"
    ? `cpu, ${threads} ${threads === 1 ? "thread" : "threads"}`
    : onDevice >= 1
    ? device
    : `${device}, which runs ${Math.floor(100 * onDevice)} % of the heavy nodes, the rest on cpu`;
  return `${whole} (${kind}, ${countParameters(parameters)} parameters, ${dtype}) on ${place}`;
}

/** What an operator should know of a model beside that line; each a line of its own. */
export function modelWarnings({ name, tokenizer, notes }: LoadedModel): string[] {
  const { warning } = tokenizer;
  const warnings = warning === undefined ? notes : [warning, ...notes];
  return warnings.map((each) => `abacus: warning: ${name}: ${each}`);
}
