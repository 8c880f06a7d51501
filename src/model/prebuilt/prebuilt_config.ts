/**
 * What a config.json says of a model whose graph is prebuilt: its sizes, under the names that families of all
 * kinds give them, and its labels. Where the class has a page of ours, the page says it.
 *
 * @module
 */

import { z } from "zod";
import type { Architecture, Dimensions } from "../../architectures/architecture.ts";
import { classNames } from "../../architectures/architecture_choice.ts";
import { badConfiguration, labelNames } from "../../architectures/configuration.ts";
import { withinLimits } from "../../architectures/field_limits.ts";
import { architectureOf } from "../../architectures/registry.ts";
import { AbacusError } from "../../errors.ts";
import { isJsonObject } from "../../weights/json_file.ts";

/** A model's class and sizes. */
export interface PrebuiltConfig {
  readonly name: string;
  readonly family: string;
  readonly labels: readonly string[];
  /** The context is absent where config.json names none. */
  readonly dimensions: Omit<Dimensions, "context"> & { readonly context: number | undefined };
  /** The id of padding. */
  readonly padId: number | undefined;
  /** Whether the first position is numbered by the id of padding. */
  readonly countsFromPadding: boolean;
  /** The page of the class, where there is one. */
  readonly page: Architecture | undefined;
}

/** Names of sizes, transformers' own first. */
const sizeNames = {
  hidden: ["hidden_size", "d_model", "n_embd", "dim", "emb_dim", "embed_dim"],
  layers: ["num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers"],
  heads: ["num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads"],
  vocabulary: ["vocab_size", "n_words"],
  context: [
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "max_seq_len",
    "max_sequence_length",
  ],
} as const;

/**
 * Families whose first position is that behind the padding's id, so that their tables have rows which no text
 * reaches.
 */
const positionsBehindPadding = new Set([
  "camembert",
  "data2vec-text",
  "ibert",
  "lilt",
  "longformer",
  "luke",
  "mpnet",
  "roberta",
  "roberta-prelayernorm",
  "xlm-roberta",
  "xlm-roberta-xl",
  "xmod",
]);

/** Sizes beyond it would overflow ids and positions. */
const LARGEST = 2 ** 31 - 1;

const size = z.number().int().positive().max(LARGEST);
const labelled = z.looseObject({
  id2label: z.record(z.string(), z.union([z.string(), z.number().transform(String)])).nullish(),
  label2id: z.record(z.string(), z.unknown()).nullish(),
  num_labels: size.optional(),
  problem_type: z.string().nullish(),
  model_type: z.string(),
  pad_token_id: z.number().int().max(LARGEST).nullish(),
  type_vocab_size: z.number().int().min(0).max(LARGEST).optional(),
});

/** What it says of labels, class and padding. */
type Labelled = z.infer<typeof labelled>;

/** @throws {AbacusError} `bad_model` naming a field that is missing or cannot be used */
export function readPrebuiltConfig(
  config: Readonly<Record<string, unknown>>,
  { typed }: { typed: boolean },
): PrebuiltConfig {
  const read = parsed(withinLimits(config));
  const [name = "unnamed"] = classNames(config);
  const page = pageOf(config);
  const labels = labelNames(read);
  const { type_vocab_size: types = LARGEST, pad_token_id: padId } = read;
  return {
    name,
    family: read.model_type,
    labels,
    padId: typeof padId === "number" && padId >= 0 ? padId : undefined,
    page,
    countsFromPadding: positionsBehindPadding.has(read.model_type),
    dimensions: {
      hidden: needed("hidden", config),
      layers: needed("layers", config),
      heads: needed("heads", config),
      vocabulary: needed("vocabulary", config),
      context: page?.dimensions.context ?? contextOf(config, read),
      labels: labels.length,
      ...(typed && types > 0 ? { types } : {}),
    },
  };
}

function parsed(config: Readonly<Record<string, unknown>>): Labelled {
  const { success, data, error } = labelled.safeParse(config);
  if (success) return data;
  const [issue] = error.issues;
  throw badConfiguration(
    `Cannot read the configuration of a prebuilt graph as "${
      issue?.path.join(".")
    }" is not usable: ` +
      `${issue?.message}`,
  );
}

/** The page of a class that has one, and reads this configuration. */
function pageOf(config: Readonly<Record<string, unknown>>): Architecture | undefined {
  try {
    return architectureOf(config);
  } catch (error) {
    if (error instanceof AbacusError) return undefined;
    throw error;
  }
}

function needed(
  name: keyof typeof sizeNames,
  config: Readonly<Record<string, unknown>>,
): number {
  const found = sizeOf(name, config);
  if (found !== undefined) return found;
  throw badConfiguration(
    `Cannot read the configuration of a prebuilt graph as none of ${
      sizeNames[name].map((each) => `"${each}"`).join(", ")
    } is a positive integer: received ${Object.keys(config).length} other fields`,
  );
}

function sizeOf(
  name: keyof typeof sizeNames,
  config: Readonly<Record<string, unknown>>,
): number | undefined {
  const within = isJsonObject(config["text_config"]) ? config["text_config"] : {};
  const values = sizeNames[name].flatMap((field) => [config[field], within[field]]);
  return values.find((value): value is number => size.safeParse(value).success);
}

function contextOf(
  config: Readonly<Record<string, unknown>>,
  { model_type: family, pad_token_id: padding }: Labelled,
): number | undefined {
  const rows = sizeOf("context", config);
  if (rows === undefined || !positionsBehindPadding.has(family)) return rows;
  return Math.max(1, rows - Math.max(0, padding ?? 1) - 1);
}
