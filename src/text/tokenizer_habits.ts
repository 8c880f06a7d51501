/**
 * What a tokenizer's files say of the model that it is for, where nothing else does: how batches are padded,
 * whether two texts are read as a pair, how long a text may be.
 *
 * @module
 */

import { Tokenizer } from "./tokenizer.ts";
import { defineTokenizer, type TokenizerDefinition } from "./tokenizer_definition.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer_files.ts";
import type { SampleInput } from "./rendered_sample.ts";

/** See the module's comment. */
export interface TokenizerHabits {
  readonly padding: {
    /** The padding token, where the files name one. */
    readonly id: number | undefined;
    readonly type: number;
    readonly side: "left" | "right";
  };
  readonly input: SampleInput;
  /** Tokens of the longest text, where the files say it. */
  readonly longest: number | undefined;
}

/** transformers writes 10^30 where a tokenizer knows no limit. */
const NO_LIMIT = 1e9;

/**
 * Reads the tokenizer files of a Hugging Face directory.
 *
 * @throws {AbacusError} `bad_model` where a file is missing or cannot be read
 */
export async function readTokenizerHabits(directory: string): Promise<TokenizerHabits> {
  const files = await readTokenizerFiles(directory);
  const definition = defineTokenizer(files);
  const tokenizer = await Tokenizer.open(definition);
  const { pad_token: padding } = definition.specialTokens;
  return {
    padding: {
      id: padding === undefined ? undefined : tokenizer.idOf(padding),
      ...paddingOf(files),
    },
    input: readsPairs(processorOf(definition, tokenizer)) ? "pair" : "joined",
    longest: longestOf(files),
  };
}

function paddingOf({ config = {} }: TokenizerFiles): { type: number; side: "left" | "right" } {
  const { padding_side: side, pad_token_type_id: type } = config;
  return {
    side: side === "left" ? "left" : "right",
    type: typeof type === "number" && Number.isInteger(type) && type >= 0 ? type : 0,
  };
}

function longestOf({ config = {} }: TokenizerFiles): number | undefined {
  const { model_max_length: longest } = config;
  const isTold = typeof longest === "number" && longest >= 1 && longest < NO_LIMIT;
  return isTold ? Math.floor(longest) : undefined;
}

function processorOf({ json, frame }: TokenizerDefinition, tokenizer: Tokenizer): unknown {
  return frame === undefined ? json["post_processor"] : frame((token) => tokenizer.idOf(token));
}

/**
 * Whether a post-processor puts a special token between two texts and another behind the second, as encoders
 * read pairs. Those of decoders put their first token before each text, if any.
 */
export function readsPairs(processor: unknown): boolean {
  if (typeof processor !== "object" || processor === null) return false;
  const { type, processors, pair } = processor as Record<string, unknown>;
  if (type === "BertProcessing" || type === "RobertaProcessing") return true;
  if (type === "Sequence" && Array.isArray(processors)) return processors.some(readsPairs);
  if (type !== "TemplateProcessing" || !Array.isArray(pair)) return false;
  const isText = pair.map((piece) =>
    typeof piece === "object" && piece !== null && "Sequence" in piece
  );
  const [first, second] = [isText.indexOf(true), isText.lastIndexOf(true)];
  return first < second - 1 && second < isText.length - 1;
}
