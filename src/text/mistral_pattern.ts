/**
 * `fix_mistral_regex`: tokenizers of Mistral were published with a wrong pattern, and the field asks for
 * the right one.
 *
 * @module
 */

import { compareVersions, type Fields, type TokenizerModelFields } from "./tokenizer_files.ts";

const PATTERN = String
  .raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** The families whose tokenizers may have the wrong pattern; a model without a family may too. */
const families = ["mistral", "mistral3", "voxtral", "ministral", "pixtral"];

/** A smaller vocabulary is of another tokenizer. */
const LARGEST_OTHER = 100_000;

/** Version 5 of transformers writes the right pattern. */
const MENDED = "5.0.0";

const split = { type: "Split", pattern: { Regex: PATTERN }, behavior: "Isolated", invert: false };

/** Whether transformers 5.23 puts the right pattern in. */
export function needsPattern(
  asked: boolean,
  model: TokenizerModelFields | undefined,
  tokens: number,
): boolean {
  if (!asked || model === undefined || tokens <= LARGEST_OTHER) return false;
  const { transformers_version: version, model_type: family } = model;
  const isOld = !version || compareVersions(version, MENDED) < 0;
  return isOld && (!family || families.includes(family));
}

/** The pre-tokenizer with the right pattern first. */
export function withPattern(preTokenizer: Fields): Fields {
  if (preTokenizer["type"] === "Sequence") {
    const [, ...others] = preTokenizer["pretokenizers"] as readonly Fields[];
    return { type: "Sequence", pretokenizers: [split, ...others] };
  }
  const bytes = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
  };
  const second = preTokenizer["type"] === "Metaspace" ? bytes : preTokenizer;
  return { type: "Sequence", pretokenizers: [split, second] };
}
