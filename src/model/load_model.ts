/**
 * Loads a model: from what the user calls it to something that scores. What is cheap and likely to
 * fail comes first, so that a wrong label or a missing tensor is told before a session is opened.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import type { ModelDtype } from "../engine/engine.ts";
import { type EngineOptions, openEngine } from "../engine/open.ts";
import { ownPassGraph, type OwnPassName } from "../engine/passes/own_pass.ts";
import { longestOwnPass } from "../engine/tuning.ts";
import { AbacusError } from "../errors.ts";
import { loadSampleTokenizer, type SampleTokenizerOptions } from "../text/load_sample_tokenizer.ts";
import { type StepReductionName, type StepRule, stepRuleText } from "../text/step_rule.ts";
import { type Blueprint, ledgerOf } from "./blueprint.ts";
import { closeOf } from "./closing.ts";
import { expectCpu } from "./converted_weights.ts";
import { findModel, modelName } from "./find_model.ts";
import { type Fitting, type FittingOptions, readFitting } from "./fitting_blueprint.ts";
import { baseName } from "./model_files.ts";
import type { LoadedModel, StepReading } from "./model.ts";
import { prebuiltPath } from "./prebuilt/find_onnx.ts";
import { loadPrebuilt } from "./prebuilt/load_prebuilt.ts";
import { scoringOf } from "./scoring.ts";
import { stepRuleOf } from "./step_settings.ts";

/** How a model is loaded; an option that is undefined counts as left out. */
export interface LoadOptions {
  /** The directory that `pull` fills. @default "models" */
  readonly models?: string | undefined;
  /** The base model of an adapter. @default the one that the adapter names */
  readonly base?: string | undefined;
  /** The name that requests use. @default the directory's last part */
  readonly name?: string | undefined;
  /** How several labels become one score: a label, `label=weight,...` or one weight per label. */
  readonly score?: string | undefined;
  /** Whether scores are normalised by `mean` and `std` of config.json. @default false */
  readonly normalizeReward?: boolean | undefined;
  /** Whether control tokens in users' texts are plain text. @default as the model's files say */
  readonly splitSpecialTokens?: boolean | undefined;
  /** Where the score is read. @default where transformers reads it */
  readonly poolAt?: string | undefined;
  /** Where the steps of completions end, and what each is read at. @default as the class has it */
  readonly stepAt?: string | undefined;
  readonly stepMark?: string | undefined;
  /** How the scores of steps become one. @default "mean" */
  readonly stepReduce?: StepReductionName | undefined;
  /** Whether texts are closed with the end-of-sequence token unless a request says otherwise. @default false */
  readonly appendEos?: boolean | undefined;
  /** Whether prompt and completion are read as a pair of texts. @default a pair for encoders */
  readonly pair?: boolean | undefined;
  /** The chat template: a file, the name of one of the model's, or `none`. @default the model's */
  readonly chatTemplate?: string | undefined;
  /** @default "auto" */
  readonly device?: EngineOptions["device"] | undefined;
  /** What the model computes in. @default "auto", as {@linkcode FittingOptions} has it */
  readonly dtype?: "auto" | ModelDtype | undefined;
  /** The most tokens of a batch, which a GPU has to have room for. @default 16,384 */
  readonly batchTokens?: number | undefined;
  /** How attention is computed. @default on a CPU in tiles, else at once where there is memory */
  readonly attention?: FittingOptions["attention"];
  /** Memory that attention of one layer may take at once, in bytes. @default 1e9 */
  readonly attentionBytes?: number | undefined;
  /** How many times the weights will be held, as each replica does. @default 1 */
  readonly copies?: number | undefined;
  /** The head that the model is read with: `value`, or `vocabulary:` and tokens. @default the stored one */
  readonly head?: string | undefined;
  /** The class that the model is read as. @default what its config.json and its tensors tell */
  readonly architecture?: string | undefined;
  /** Whether the graph is that of the directory's ONNX file. @default where our own cannot be written */
  readonly onnx?: boolean | undefined;
  /** Folder for weights that were converted. @default for int8 a folder beside the model, else none */
  readonly cache?: string | undefined;
  /** Told how far weights are converted that the cache did not have, in bytes. */
  readonly onConverted?: FittingOptions["onConverted"];
  /** Memory that differentiating one text's score may take, in bytes. @default 2^32 */
  readonly gradientBytes?: number | undefined;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number | undefined;
  /** What the engine computes in, where several models share it. @default a runtime of its own */
  readonly runtime?: EngineOptions["runtime"] | undefined;
  /** What opens the tokenizer and the session; tests put fakes here. */
  readonly open?: Partial<Openers>;
}

/** The parts of a model that other folders open. */
export interface Openers {
  readonly tokenizer: typeof loadSampleTokenizer;
  readonly engine: typeof openEngine;
}

/**
 * Loads the model of a directory, or of a hub id that was pulled.
 *
 * @throws {AbacusError} `bad_model` naming the file or tensor at fault, `bad_usage` for a `score`
 * that does not fit the labels, `bad_device` where the device does not work
 */
export async function loadModel(
  argument: string,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const directory = await findModel(argument, options);
  const prebuilt = await prebuiltPath(directory, options);
  return prebuilt === undefined
    ? await loadOwn(directory, options)
    : await loadPrebuilt(directory, prebuilt, options);
}

/** A model whose graph is written from its weights. */
async function loadOwn(directory: string, options: LoadOptions): Promise<LoadedModel> {
  const fitting = await readFitting(directory, options);
  if (!isTrial(fitting, options)) return await loadFitting(directory, fitting, options);
  try {
    return await loadFitting(directory, fitting, { ...options, device: "webgpu" });
  } catch (error) {
    if (!(error instanceof AbacusError) || error.kind !== "bad_device") throw error;
    const model = await loadOwn(directory, { ...options, dtype: "float32" });
    const note = `float32 was chosen as float16 was tried without success: ${error.message}`;
    return { ...model, notes: [...model.notes, note] };
  }
}

/** Whether float16 was chosen for WebGPU, where only loading the model tells if a device has it. */
function isTrial({ device, dtype }: Fitting, { dtype: asked = "auto" }: LoadOptions): boolean {
  return device === "webgpu" && dtype === "float16" && asked === "auto";
}

async function loadFitting(
  directory: string,
  { dtype, blueprint, device }: Fitting,
  options: LoadOptions,
): Promise<LoadedModel> {
  const { name, gradientBytes = 2 ** 32, open } = options;
  const opens: Openers = { tokenizer: loadSampleTokenizer, engine: openEngine, ...open };
  const { architecture, graph, inventory, files } = blueprint;
  const { dimensions, attention, pooling, task, input, family } = architecture;
  const { rule, normalization, notes } = scoringOf(blueprint, options);
  const steps = await stepRuleOf(architecture, options, files.tokenizer);
  const reading = readingOf(architecture, options);
  const tokenizer = await opens.tokenizer(files.tokenizer, { ...reading, steps });
  const engine = await opens.engine(graph, {
    architecture,
    ownPass: ownPassOf(blueprint, rule.weights),
    dtype,
    ...given(options),
    ...(dtype === "int8" ? { device: "cpu" } : {}),
  });
  if (dtype === "int8" && engine.facts.device !== "cpu") { // as models share a runtime
    await engine[Symbol.asyncDispose]();
    expectCpu(engine.facts.device);
  }
  if (engine.facts.device !== device && dtype !== "float32") { // auto came to another device than was likely
    await engine[Symbol.asyncDispose]();
    return await loadOwn(directory, { ...options, device: engine.facts.device });
  }
  return {
    name: name ?? modelName(directory),
    family,
    architecture: architecture.name,
    ...(architecture.chosenBy === undefined ? {} : { chosenBy: architecture.chosenBy }),
    ...(files.adapter === undefined ? {} : { base: baseName(files) }),
    attention,
    pooling,
    head: architecture.head.text,
    task,
    input,
    ...(steps === undefined ? {} : { steps: stepReadingOf(steps, options) }),
    dimensions,
    notes: [...blueprint.notes, ...notes],
    parameters: inventory.parameters,
    storedDtype: inventory.dtypes[0]?.dtype ?? "none",
    weightsDigest: blueprint.digest,
    tokenizer,
    engine,
    ownPassTokens: longestOwnPass(architecture, gradientBytes),
    scoreRule: rule.text,
    normalization,
    score: rule.score,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** Writes the graph of a pass of its own, over the weights of the model. */
function ownPassOf(blueprint: Blueprint, labelWeights: readonly number[]) {
  const { architecture, dtype } = blueprint;
  return (name: OwnPassName) => {
    const weights = ledgerOf(blueprint, architecture);
    return ownPassGraph(name, { architecture, weights, labelWeights, dtype });
  };
}

/** How the tokenizer reads texts for an architecture. */
function readingOf(
  architecture: Architecture,
  { pair, splitSpecialTokens, chatTemplate, appendEos }: LoadOptions,
): Omit<SampleTokenizerOptions, "steps"> {
  const { dimensions: { context, vocabulary, types = 0 }, input, pooling } = architecture;
  return {
    context,
    vocabulary,
    types,
    input,
    pooling,
    pair,
    splitSpecialTokens,
    reward: architecture.rewardToken,
    close: closeOf(architecture, appendEos),
    chatTemplate,
  };
}

function stepReadingOf(
  rule: StepRule,
  { stepReduce: reduction = "mean" }: Pick<LoadOptions, "stepReduce">,
): StepReading {
  return { text: stepRuleText(rule), reduction };
}

/** What of the options an engine is opened with. */
function given(
  { device, threads, runtime, attentionBytes }: LoadOptions,
): Partial<EngineOptions> {
  return {
    ...(attentionBytes === undefined ? {} : { attentionBytes }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(runtime === undefined ? {} : { runtime }),
  };
}
