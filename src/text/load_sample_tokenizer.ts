/**
 * Loads the sample tokenizer of a Hugging Face directory from its tokenizer files.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ChatTemplate, ChatTemplateOptions } from "./chat_template.ts";
import { chooseTemplate, type NoTemplate } from "./choose_template.ts";
import { ControlTokens } from "./control_tokens.ts";
import type { Close } from "./sample.ts";
import type { SampleTokenizer } from "./sample_tokenizer.ts";
import { ModelSampleTokenizer } from "./model_sample_tokenizer.ts";
import type { Pooling } from "./pooling.ts";
import type { SampleInput } from "./rendered_sample.ts";
import type { StepRule } from "./step_rule.ts";
import { Tokenizer } from "./tokenizer.ts";
import { tokenizerDigest } from "./tokenizer_digest.ts";
import { readChoice, readTemplates } from "./template_files.ts";
import { defineTokenizer } from "./tokenizer_definition.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer_files.ts";

/** The properties of the model, and the options of the operator. */
export interface SampleTokenizerOptions {
  /** The most tokens a sequence may have. */
  readonly context: number;
  /** How many ids the model has an embedding for. */
  readonly vocabulary: number;
  /** How many token types it has an embedding for. @default 0, it reads none */
  readonly types?: number;
  /** @default "joined" */
  readonly input?: SampleInput;
  /** Whether the user asks for pairs of texts, which not every model can tell apart. @default false */
  readonly pair?: boolean | undefined;
  /** The tokens that the score is computed from. */
  readonly pooling: Pooling;
  /** The token at which the score is read. @default the model has none of its own for that */
  readonly reward?: number | undefined;
  /** What texts are closed with unless a call says otherwise. @default "none" */
  readonly close?: Close;
  /**
   * The template: the name of one of the model's, `none`, or a text or a file instead of them.
   *
   * @default the model's only one, or the one called `default`
   */
  readonly chatTemplate?: string | undefined;
  /** Whether control tokens in users' texts are plain text. @default false, as the model's files say */
  readonly splitSpecialTokens?: boolean | undefined;
  /** Where the steps of completions end. @default the model reads no steps */
  readonly steps?: StepRule | undefined;
  /** The time for `strftime_now` of templates. @default the machine's */
  readonly now?: () => Date;
}

/**
 * @param directory a Hugging Face directory with a tokenizer.json
 * @throws {AbacusError} `bad_model` where a file is missing or cannot be read, `bad_usage`
 * where `chatTemplate` is none of these, where texts are to be closed and the model has no token for it, or
 * where pairs are asked of a model that cannot read them
 */
export async function loadSampleTokenizer(
  directory: string,
  options: SampleTokenizerOptions,
): Promise<SampleTokenizer> {
  const files = await readTokenizerFiles(directory);
  const definition = defineTokenizer(files);
  const isGuarded = options.splitSpecialTokens ?? false;
  const tokenizer = await Tokenizer.open(definition, isGuarded ? "split" : undefined);
  if (options.pair) expectTypes(tokenizer, options.types ?? 0);
  const { specialTokens } = definition;
  const now = options.now ?? (() => new Date());
  const template = await loadTemplate(files, options.chatTemplate, { specialTokens, now });
  const { pooling, reward } = options;
  const idOf = (token: string | undefined) =>
    token === undefined ? undefined : tokenizer.idOf(token);
  const eos = idOf(specialTokens.eos_token);
  return new ModelSampleTokenizer({
    tokenizer,
    template,
    guard: isGuarded
      ? new ControlTokens(definition, "missing" in template ? undefined : template.source)
      : undefined,
    context: options.context,
    vocabulary: options.vocabulary,
    types: options.types ?? 0,
    input: options.input ?? "joined",
    pooling,
    bos: idOf(specialTokens.bos_token),
    eos,
    reward,
    padding: paddingOf(pooling, idOf(specialTokens.pad_token)).filter((id) => id !== eos),
    close: options.close ?? "none",
    steps: options.steps,
    digest: tokenizerDigest(definition, { tokenizer, splitSpecialTokens: isGuarded }),
  });
}

/** @throws {AbacusError} `bad_usage` where the second text would get a type that the model does not have */
function expectTypes({ typed }: Tokenizer, types: number): void {
  if (!typed || types !== 1) return;
  throw new AbacusError(
    "bad_usage",
    "Cannot read prompt and completion as a pair as the tokenizer gives the second text the token " +
      "type 1, and the model has an embedding for type 0 only: received --pair",
  );
}

/** config.json's padding, by which the score is read, and the tokenizer's; what ends texts may stand for both. */
function paddingOf(pooling: Pooling, token: number | undefined): number[] {
  const ids = token === undefined ? [] : [token];
  if (typeof pooling === "string") return ids;
  if ("lastNot" in pooling) return [pooling.lastNot, ...ids];
  return "beforeFirst" in pooling ? [pooling.beforeFirst, ...ids] : ids;
}

/**
 * The chat template of a directory, or why it has none that can be used.
 *
 * @param choice see {@linkcode SampleTokenizerOptions.chatTemplate}
 * @throws {AbacusError} `bad_model` where a file is no text, `bad_usage` where the choice is none
 */
export async function loadTemplate(
  files: Pick<TokenizerFiles, "directory" | "templates">,
  choice: string | undefined,
  options: ChatTemplateOptions,
): Promise<ChatTemplate | NoTemplate> {
  const templates = await readTemplates(files.directory, files.templates);
  return chooseTemplate(templates, await readChoice(choice, templates), options);
}
