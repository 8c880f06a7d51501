/**
 * Loads a model whose graph is prebuilt: from its directory to something that scores.
 *
 * @module
 */

import { type OpenedPrebuilt, openPrebuiltEngine } from "../../engine/prebuilt/open.ts";
import { loadSampleTokenizer } from "../../text/load_sample_tokenizer.ts";
import { closeOf } from "../closing.ts";
import { modelName } from "../find_model.ts";
import type { LoadOptions } from "../load_model.ts";
import type { LoadedModel } from "../model.ts";
import { scoringOf } from "../scoring.ts";
import { type PrebuiltBlueprint, readPrebuiltBlueprint } from "./prebuilt_blueprint.ts";

/**
 * @param path the ONNX file
 * @throws {AbacusError} as {@linkcode loadModel}
 */
export async function loadPrebuilt(
  directory: string,
  path: string,
  options: LoadOptions,
): Promise<LoadedModel> {
  const blueprint = await readPrebuiltBlueprint(directory, path, options);
  const scoring = scoringOf(blueprint, options);
  const opened = await openEngine(blueprint, options);
  try {
    return await modelOf(blueprint, { opened, scoring, options });
  } catch (error) {
    await opened.engine[Symbol.asyncDispose]();
    throw error;
  }
}

async function openEngine(
  { graph, architecture, padding, padId, dtype }: PrebuiltBlueprint,
  { device, threads, runtime }: LoadOptions,
): Promise<OpenedPrebuilt> {
  return await openPrebuiltEngine(graph, {
    dimensions: architecture.dimensions,
    padding: { ...padding, id: padId ?? padding.id ?? 0 },
    padId,
    dtype,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(runtime === undefined ? {} : { runtime }),
  });
}

/** What has been read, opened and asked for. */
interface Parts {
  readonly opened: OpenedPrebuilt;
  readonly scoring: ReturnType<typeof scoringOf>;
  readonly options: LoadOptions;
}

async function modelOf(
  blueprint: PrebuiltBlueprint,
  { opened: { engine, findings, missing }, scoring, options }: Parts,
): Promise<LoadedModel> {
  const { directory, architecture, inventory, graph, withheld } = blueprint;
  const { head, pooling: untold, rewardToken: _, ...told } = architecture;
  const { attention = told.attention, pooling = untold } = findings;
  const reason = missing ?? (pooling === "graph" ? unread : undefined);
  return {
    ...told,
    name: options.name ?? modelName(directory),
    architecture: architecture.name,
    head: head.text,
    attention,
    pooling,
    prebuilt: graph.path,
    withheld: reason === undefined
      ? withheld
      : { ...withheld, attention: `${graph.path} (${reason})` },
    notes: [...blueprint.notes, ...scoring.notes],
    parameters: inventory.parameters,
    storedDtype: inventory.dtypes[0]?.dtype ?? "none",
    tokenizer: await tokenizerOf(blueprint, { pooling, options }),
    engine,
    ownPassTokens: told.dimensions.context,
    scoreRule: scoring.rule.text,
    normalization: scoring.normalization,
    score: scoring.rule.score,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** Why attention is withheld that was found. */
const unread = "it cannot be told which tokens the score is read at";

async function tokenizerOf(
  { directory, architecture }: PrebuiltBlueprint,
  { pooling, options }: { pooling: LoadedModel["pooling"]; options: LoadOptions },
): Promise<LoadedModel["tokenizer"]> {
  const { dimensions: { context, vocabulary, types = 0 }, input } = architecture;
  const { splitSpecialTokens, pair, chatTemplate } = options;
  return await loadSampleTokenizer(directory, {
    context,
    vocabulary,
    types,
    input,
    pooling,
    pair,
    splitSpecialTokens,
    reward: architecture.rewardToken,
    close: closeOf(architecture, options.appendEos),
    chatTemplate,
  });
}
