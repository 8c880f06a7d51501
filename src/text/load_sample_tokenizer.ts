/**
 * Loads the sample tokenizer of a Hugging Face directory from its tokenizer files.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { ChatTemplate } from "./chat_template.ts";
import { ControlTokens } from "./control_tokens.ts";
import type { Close } from "./sample.ts";
import type { SampleTokenizer } from "./sample_tokenizer.ts";
import { ModelSampleTokenizer } from "./model_sample_tokenizer.ts";
import type { Pooling } from "./pooling.ts";
import type { SampleInput } from "./rendered_sample.ts";
import { Tokenizer } from "./tokenizer.ts";
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
  /** The tokens that the score is computed from. */
  readonly pooling: Pooling;
  /** What texts are closed with unless a call says otherwise. @default "none" */
  readonly close?: Close;
  /** A template instead of the model's own, or the name of one of the model's templates. */
  readonly chatTemplate?: string;
  /** Whether control tokens in users' texts are plain text. @default false, as the model's files say */
  readonly splitSpecialTokens?: boolean | undefined;
  /** The time for `strftime_now` of templates. @default the machine's */
  readonly now?: () => Date;
}

/**
 * @param directory a Hugging Face directory with a tokenizer.json
 * @throws {AbacusError} `bad_model` where a file is missing or cannot be read, `bad_usage`
 * where `chatTemplate` is neither a template nor the name of one, or where texts are to be closed and the
 * model has no token for it
 */
export async function loadSampleTokenizer(
  directory: string,
  options: SampleTokenizerOptions,
): Promise<SampleTokenizer> {
  const files = await readTokenizerFiles(directory);
  const definition = defineTokenizer(files);
  const isGuarded = options.splitSpecialTokens ?? false;
  const tokenizer = await Tokenizer.open(definition, isGuarded ? "split" : undefined);
  const { specialTokens } = definition;
  const source = chooseTemplate(files.templates, options.chatTemplate);
  const now = options.now ?? (() => new Date());
  const template = typeof source === "string"
    ? new ChatTemplate(source, { specialTokens, now })
    : source;
  const idOf = (token: string | undefined) =>
    token === undefined ? undefined : tokenizer.idOf(token);
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
    pooling: options.pooling,
    bos: idOf(specialTokens.bos_token),
    eos: idOf(specialTokens.eos_token),
    close: options.close ?? "none",
  });
}

/** The template's text, or why there is none. */
function chooseTemplate(
  templates: TokenizerFiles["templates"],
  wanted: string | undefined,
): string | { missing: string } {
  if (wanted !== undefined) return templates.get(wanted) ?? templateText(wanted, templates);
  const names = [...templates.keys()].join(", ");
  return templates.get("default") ?? {
    missing: templates.size > 0
      ? `none of the model's chat templates (${names}) is named default and none was chosen`
      : "the model has no chat template",
  };
}

function templateText(wanted: string, templates: TokenizerFiles["templates"]): string {
  if (/\{[{%]/.test(wanted)) return wanted;
  const names = [...templates.keys()].join(", ") || "no template at all";
  throw new AbacusError(
    "bad_usage",
    `Cannot choose the chat template '${wanted.slice(0, 80)}' as the model has ${names}: ` +
      "received neither one of these names nor the text of a template",
  );
}
