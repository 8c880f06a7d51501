/**
 * TokenizerDefinition: what the tokenizer files of a directory mean together, as transformers 5.23 reads
 * them. docs/tokenizer-files.md tells it field by field.
 *
 * Pure: files in, definition out. `open_library.ts` opens it.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";
import { AddedToken, tokenRecord } from "./added_token.ts";
import { needsPattern, withPattern } from "./mistral_pattern.ts";
import { collectTokens } from "./special_tokens.ts";
import { mergeArguments, type SpecialName } from "./tokenizer_arguments.ts";
import { chooseClass, type ChosenClass } from "./tokenizer_class.ts";
import type { BuildInput } from "./tokenizer_classes.ts";
import { frameByBosAndEos, type FrameInput, type Part } from "./tokenizer_frames.ts";
import { parseJson, type TokenizerFiles } from "./tokenizer_files.ts";

/** The parts of a tokenizer.json, not checked further than is needed here. */
const tokenizerJson = z.looseObject({
  added_tokens: z.array(tokenRecord.extend({ id: z.int() })).default([]),
  normalizer: z.looseObject({}).nullish(),
  pre_tokenizer: z.looseObject({}).nullish(),
  post_processor: z.looseObject({}).nullish(),
  padding: z.looseObject({ pad_token: z.string() }).nullish(),
  model: z.looseObject({ type: z.string().optional(), dropout: z.number().nullish() }),
});

type TokenizerJson = z.infer<typeof tokenizerJson>;

/** A tokenizer ready to be opened. */
export interface TokenizerDefinition {
  /** The name of its class in transformers. */
  readonly className: string;
  /** A tokenizer.json without added tokens. */
  readonly json: Part;
  /** The tokens that are matched as a whole, in the order of adding; the later of two counts. */
  readonly added: readonly AddedToken[];
  /** A post-processor that needs the ids of the added tokens, in place of the one in `json`. */
  readonly frame?: (idOf: (token: string) => number | undefined) => Part;
  /** The named special tokens, which templates can use. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Whether control tokens in texts are plain text. */
  readonly splitSpecialTokens: boolean;
  /** Whether the tokenizer gives token types; a model that reads some gets 0 for every token otherwise. */
  readonly typed: boolean;
  /** Which tokens count as control tokens in conversations besides the special ones; undefined: those
   * that the template contains. */
  readonly controlTokens: readonly string[] | undefined;
}

/**
 * @throws {AbacusError} `bad_model` naming the file and field that transformers refuses, or whose
 * meaning cannot be kept
 */
export function defineTokenizer(files: TokenizerFiles): TokenizerDefinition {
  const json = readTokenizerJson(files);
  const chosen = chooseClass(files);
  const listed = new Map(json.added_tokens.map((token) => [token.id, AddedToken.of(token)]));
  const given = mergeArguments(files, listed);
  const { added, named } = collectTokens({
    given,
    ...("general" in chosen ? { kept: keptTokens(json), names: {} } : { kept: [], ...chosen }),
    padding: json.padding?.pad_token,
  });
  const { others } = given;
  const built = build(json, chosen, { others, named: nameOf(named), ...partsOf(json) });
  const asked = others.flag("fix_mistral_regex", false, false);
  const frame = frameOf(files, chosen);
  return {
    className: chosen.name,
    json: withMistralPattern(built, needsPattern(asked, files.model, countTokens(json, added))),
    added,
    ...(frame === undefined ? {} : { frame: withTokens(frame, named, others) }),
    specialTokens: named,
    splitSpecialTokens: others.flag("split_special_tokens", false),
    typed: givesTypes(chosen, others),
    controlTokens: others.read("chat_control_tokens", z.array(z.string())),
  };
}

function keptTokens({ added_tokens }: TokenizerJson): AddedToken[] {
  return added_tokens.map((token) => AddedToken.of(token));
}

/** The frame of a class, or where there is no tokenizer.json that by the names of tokens. */
function frameOf({ vocabulary }: TokenizerFiles, chosen: ChosenClass) {
  if ("general" in chosen) return undefined;
  return chosen.frame ?? (vocabulary === undefined ? undefined : frameByBosAndEos);
}

function withTokens(
  frame: (input: FrameInput) => Part,
  named: TokenizerDefinition["specialTokens"],
  others: FrameInput["others"],
): (idOf: (token: string) => number | undefined) => Part {
  return (tokenId) => {
    const idOf = (name: SpecialName) => {
      const token = named[name];
      return token === undefined ? undefined : tokenId(token) ?? tokenId(named["unk_token"] ?? "");
    };
    return frame({ idOf, named: nameOf(named), others });
  };
}

function givesTypes(chosen: ChosenClass, others: FrameInput["others"]): boolean {
  const inputs = others.read("model_input_names", z.array(z.string()));
  const byItself = !("general" in chosen) && (chosen.typed ?? false);
  return inputs?.includes("token_type_ids") ?? byItself;
}

function readTokenizerJson({ tokenizer, directory }: TokenizerFiles): TokenizerJson {
  const read = tokenizerJson.safeParse(parseJson(tokenizer, `${directory}/tokenizer.json`));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw unusable(directory, issue?.path.join(".") ?? "", issue?.message);
  }
  const { dropout } = read.data.model;
  if (dropout) throw unusable(directory, "model.dropout", `${dropout}, which makes ids random`);
  return read.data;
}

function unusable(directory: string, field: string, received: string | undefined): AbacusError {
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as '${field}' of tokenizer.json cannot be used: ` +
      `received ${received}`,
  );
}

/** As Python writes a missing name. */
function nameOf(named: Readonly<Record<string, string>>) {
  return (name: SpecialName) => named[name] ?? "None";
}

/** The tokenizer.json of the class. */
function build(json: TokenizerJson, chosen: ChosenClass, input: BuildInput): Part {
  const { added_tokens: _, padding: __, truncation: ___, ...kept } = json;
  const empty = { version: "1.0", added_tokens: [] };
  if ("general" in chosen) return { ...kept, ...empty };
  const algorithm = json.model.type ?? chosen.algorithm;
  if (algorithm !== chosen.algorithm) {
    throw new AbacusError(
      "bad_model",
      `Cannot load the tokenizer as 'tokenizer_class' of tokenizer_config.json is ${chosen.name}, ` +
        `which is made of ${chosen.algorithm}: received ${algorithm} in tokenizer.json`,
    );
  }
  const { model, ...parts } = chosen.build(input);
  const { vocab, merges } = json.model;
  const whole = { ...model, vocab, ...(merges === undefined ? {} : { merges }) };
  return { ...empty, post_processor: kept.post_processor ?? null, ...parts, model: whole };
}

function partsOf({ model, normalizer }: TokenizerJson): Pick<BuildInput, "pieces" | "precompiled"> {
  const vocab = model["vocab"];
  const several = normalizer?.["type"] === "Sequence" ? normalizer["normalizers"] : [normalizer];
  const precompiled = (several as Part[]).find((part) => part?.["type"] === "Precompiled");
  return {
    pieces: Array.isArray(vocab) ? vocab : [],
    precompiled: precompiled ?? null,
  };
}

function countTokens({ model: { vocab } }: TokenizerJson, added: readonly AddedToken[]): number {
  const pieces = Array.isArray(vocab) ? vocab.map(([piece]) => piece) : Object.keys(vocab ?? {});
  return new Set([...pieces, ...added.map(({ content }) => content)]).size;
}

function withMistralPattern(json: Part, isNeeded: boolean): Part {
  const preTokenizer = json["pre_tokenizer"] as Part | null | undefined;
  if (!isNeeded || !preTokenizer) return json;
  return { ...json, pre_tokenizer: withPattern(preTokenizer) };
}
