/**
 * What can be known of a model with a prebuilt graph without computing, as `blueprint.ts` tells it of others.
 *
 * @module
 */

import type { Architecture, AttentionKind } from "../../architectures/architecture.ts";
import type { ComputeDtype, ModelDtype, Question } from "../../engine/engine.ts";
import { AbacusError } from "../../errors.ts";
import { type PrebuiltGraph, readPrebuiltGraph } from "../../prebuilt/prebuilt_graph.ts";
import { readTokenizerHabits, type TokenizerHabits } from "../../text/tokenizer_habits.ts";
import { readConfig } from "../config_file.ts";
import { type Inventory, inventoryOf } from "../inventory.ts";
import { pairNotes } from "../pair_notes.ts";
import { type PrebuiltConfig, readPrebuiltConfig } from "./prebuilt_config.ts";

/** Tokens of the longest text where neither config.json nor the tokenizer's files name one. */
const LONGEST_UNTOLD = 2_048;

/** What callers may know of its architecture. */
export type PrebuiltArchitecture =
  & Pick<
    Architecture,
    "name" | "family" | "pooling" | "rewardToken" | "task" | "input" | "dimensions"
  >
  & {
    readonly attention: AttentionKind | "unknown";
    readonly head: Pick<Architecture["head"], "text" | "labels" | "usual">;
  };

/** A model before anything runs. */
export interface PrebuiltBlueprint {
  readonly directory: string;
  /** The fields of its config.json, as they stand there. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly architecture: PrebuiltArchitecture;
  readonly graph: PrebuiltGraph;
  /** What most of its weights are stored in, and its nodes compute in. */
  readonly dtype: ComputeDtype;
  readonly inventory: Inventory;
  readonly ignored: readonly never[];
  readonly padding: TokenizerHabits["padding"];
  /** The id that config.json says is padding. */
  readonly padId: number | undefined;
  /** What it cannot be asked, with the reason. */
  readonly withheld: Withheld;
  /** Lines for whoever starts it. */
  readonly notes: readonly string[];
}

/** What a model cannot be asked, with the reason. */
export type Withheld = Readonly<Partial<Record<Question, string>>>;

/** What the user asks for that a prebuilt graph may not have. */
export interface PrebuiltAsked {
  readonly dtype?: "auto" | ModelDtype | undefined;
  readonly architecture?: string | undefined;
  readonly poolAt?: string | undefined;
  /** The base model of an adapter, which a graph is not. */
  readonly base?: string | undefined;
  /** Whether prompt and completion are a pair of texts. @default as the page or the tokenizer has it */
  readonly pair?: boolean | undefined;
}

/**
 * @param path the ONNX file
 * @throws {AbacusError} `bad_model` where a file is broken or the graph is no sequence classifier, `bad_usage`
 * where something is asked for that its graph has fixed
 */
export async function readPrebuiltBlueprint(
  directory: string,
  path: string,
  asked: PrebuiltAsked = {},
): Promise<PrebuiltBlueprint> {
  refuseFixed(asked);
  const config = await readConfig(directory);
  const graph = await readPrebuiltGraph(path);
  const { inputs } = graph.inputs;
  const inventory = inventoryOf(graph.tensors);
  const dtype = dtypeOf(inventory, asked);
  const told = readPrebuiltConfig(config, { typed: inputs.has("token_type_ids") });
  refuseCountedPositions(told, graph);
  const habits = await readTokenizerHabits(directory);
  const context = contextOf(told, habits);
  const architecture = architectureOf(told, {
    context: context ?? LONGEST_UNTOLD,
    input: inputOf(told, habits, asked),
  });
  return {
    directory,
    config,
    graph,
    inventory,
    dtype,
    ignored: [],
    padding: habits.padding,
    padId: told.padId,
    withheld: withheldOf(graph),
    notes: [
      `the graph is that of ${path}: what it computes is not checked against its class`,
      ...context === undefined ? [untold] : [],
      ...pairNotes(architecture, asked.pair),
    ],
    architecture,
  };
}

function architectureOf(
  told: PrebuiltConfig,
  { context, input }: { context: number; input: Architecture["input"] },
): PrebuiltArchitecture {
  const { name, family, labels, page, dimensions } = told;
  return {
    name,
    family,
    head: { text: page?.head.text ?? "within the graph", labels },
    task: "sequence",
    input,
    ...(page?.rewardToken === undefined ? {} : { rewardToken: page.rewardToken }),
    attention: page?.attention ?? "unknown",
    pooling: "graph",
    dimensions: { ...dimensions, context },
  };
}

/** What the user says, the page of the class, and the tokenizer, in this order. */
function inputOf(
  { page }: PrebuiltConfig,
  habits: TokenizerHabits,
  { pair }: PrebuiltAsked,
): Architecture["input"] {
  if (pair !== undefined) return pair ? "pair" : "joined";
  return page?.input ?? habits.input;
}

/** What its graph decides by itself. */
function refuseFixed({ poolAt, architecture, base }: PrebuiltAsked): void {
  const flags = { "--pool-at": poolAt, "--architecture": architecture, "--base": base };
  const [flag, value] = Object.entries(flags).find(([, each]) => each !== undefined) ?? [];
  if (flag === undefined) return;
  const given = `${flag} ${value}`;
  throw new AbacusError(
    "bad_usage",
    `Cannot read a prebuilt graph otherwise as it decides by itself what is computed: received ${given}`,
  );
}

function dtypeOf({ dtypes }: Inventory, { dtype: asked = "auto" }: PrebuiltAsked): ComputeDtype {
  const float = dtypes.find(({ dtype }) => dtype === "float16" || dtype === "float32");
  const stored = float?.dtype === "float16" ? "float16" : "float32";
  if (asked === "auto" || asked === stored) return stored;
  throw new AbacusError(
    "bad_usage",
    `Cannot compute otherwise than the prebuilt graph does, which is in ${stored}: received --dtype ${asked}`,
  );
}

/** Which number the first position has, only the page of such a family knows. */
function refuseCountedPositions(
  { family, countsFromPadding }: PrebuiltConfig,
  { inputs, path }: PrebuiltGraph,
): void {
  if (!countsFromPadding || !inputs.inputs.has("position_ids")) return;
  throw new AbacusError(
    "bad_model",
    `Cannot use ${path} as the positions of its family begin behind the id of padding, and are to be made ` +
      `by the graph itself: received the input "position_ids" of ${family}`,
  );
}

/** The shortest that is told; that of a page is exact. */
function contextOf(
  { page, dimensions: { context } }: PrebuiltConfig,
  { longest }: TokenizerHabits,
): number | undefined {
  if (page !== undefined) return context;
  return context === undefined ? longest : Math.min(context, longest ?? Infinity);
}

const untold = `neither config.json nor tokenizer_config.json says how long a text may be: ` +
  `${LONGEST_UNTOLD} tokens are taken for the most`;

function withheldOf({ attention, path }: PrebuiltGraph): Withheld {
  const whole = `the prebuilt graph ${path}, which gives the score of whole texts alone`;
  return {
    rows: whole,
    gradient: whole,
    integrated: whole,
    layers: whole,
    rollout: whole,
    ...("missing" in attention ? { attention: `${path} (${attention.missing})` } : {}),
  };
}
