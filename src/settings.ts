/**
 * Settings: the record from which the flags, the environment variables and the help of every command
 * are made.
 *
 * A key such as `maxQueue` is the flag `--max-queue` and the variable `ABACUS_MAX_QUEUE`. Its schema
 * reads the text of either, and the message of its check says what it expects. Knows nothing of the use
 * of a setting.
 *
 * @module
 */

import { z } from "zod";
import { creditSettings } from "./settings_credit.ts";
import { placementSettings } from "./settings_placement.ts";
import { precisionSettings } from "./settings_precision.ts";
import { readingSettings } from "./settings_reading.ts";
import { servingSettings } from "./settings_serving.ts";
import { severalSettings } from "./settings_several.ts";
import { trainingSettings } from "./settings_training.ts";
import {
  besideProgram,
  type Help,
  help,
  integer,
  number,
  oneOf,
  text,
  toggle,
} from "./settings_readers.ts";

/** Every setting, with its check, its default and its line of help. */
export const settingsSchema = z.object({
  model: text().default(() => besideProgram("models/movie-reward")).register(help, {
    value: "DIR",
    description:
      "directory of a Hugging Face reward model, or the hub id of a pulled one; serve takes " +
      "several: the flag repeated, or with commas, each as DIR or NAME=DIR, the first the default",
    unset: "the bundled movie-reward",
  }),
  ...severalSettings(),
  base: text().optional().register(help, {
    value: "DIR",
    description: "base model of an adapter (LoRA of peft): a directory or a pulled hub id",
    unset: "the one that adapter_config.json names",
  }),
  name: text().optional().register(help, {
    value: "NAME",
    description: "the name that requests use for the model",
    unset: "the last part of --model",
  }),
  score: text().optional().register(help, {
    value: "RULE",
    description:
      "the score of a head with several labels: one label, or weights as in good=1,bad=-1",
    unset: "the only label, or the second minus the first of two",
  }),
  normalizeReward: toggle().default(false).register(help, {
    description:
      'scores less "mean", divided by "std" of config.json, as OpenRLHF answers; without it scores ' +
      "are raw",
  }),
  architecture: text().optional().register(help, {
    value: "CLASS",
    description:
      "the class that the model is read as, such as LlamaForSequenceClassification, whatever its " +
      "config.json says",
    unset: "what config.json and the stored head tell",
  }),
  onnx: toggle().default(false).register(help, {
    description:
      "run the directory's model.onnx (or onnx/model.onnx) as it is, where a graph of our own could be " +
      "written from the weights",
  }),
  // A policy, and a value head that a critic may have, are served on request alone: docs/heads.md.
  head: text().optional().register(help, {
    value: "HEAD",
    description:
      "what the score is read from where nothing in the directory is a reward head: value " +
      "(v_head.summary), or vocabulary:TOKEN,... for the logits of tokens, by text or id",
    unset: "the stored reward head",
  }),
  // For conversations it is what transformers calls sanitize_control_tokens, and for other texts its
  // split_special_tokens; the field of that name in a model's files says it for the template as well.
  // docs/tokenizer-files.md tells more.
  splitSpecialTokens: toggle().default(false).register(help, {
    description:
      "read control tokens that users type (in prompts, messages and completions) as plain text; " +
      "those of the chat template stay what they are",
  }),
  ...readingSettings(),
  // Off, as transformers appends nothing that a tokenizer's own files do not say.
  appendEos: toggle().default(false).register(help, {
    description:
      "close texts with the end-of-sequence token where they do not end in it, as TRL and OpenRLHF " +
      "do in training; a request's close says otherwise",
  }),
  // Whether a model was trained on two texts is nowhere in its files: docs/pairs.md.
  pair: toggle().optional().register(help, {
    description:
      "read prompt and completion as the two texts of a pair, as cross-encoders do, or with --no-pair " +
      "as one text",
    unset: "a pair for encoders, one text for decoders",
  }),
  chatTemplate: text().optional().register(help, {
    value: "FILE",
    description:
      "chat template of the model: a file, the name of one of the model's own, or none, which " +
      "refuses messages",
    unset: "the model's only one, or the one called default",
  }),
  ...placementSettings(),
  ...precisionSettings(),
  maxBatchTokens: integer(1, 2 ** 24).default(16_384).register(help, {
    value: "N",
    description: "most tokens of one batch",
  }),
  maxGradientMb: integer(1, 2 ** 24).default(4_096).register(help, {
    value: "N",
    description:
      "memory in units of 1,000,000 bytes that one text may take for credit by gradient; a " +
      "longer one is refused",
  }),
  // Occlusion computes a text of n sentences n more times, without the tokens that the texts share.
  // The limit is on the planned tokens, whose number is known before the computation.
  maxCreditTokens: integer(0, 2 ** 30).default(2_097_152).register(help, {
    value: "N",
    description:
      "tokens that one request may have computed beside its completions, for credit that compares " +
      "texts; one that plans more is refused (of score, one completion)",
  }),
  ...servingSettings(),
  method: text().optional().register(help, {
    value: "NAME",
    description: "credit method; 'inspect' lists those that a model can serve",
    unset: "abc; steps for models that score steps",
  }),
  beta: number(0, 1).default(0.8).register(help, {
    value: "B",
    description: "share of the score that is spread; the rest goes to the last token",
  }),
  ...creditSettings(),
  truncate: oneOf("none", "left", "right").default("none").register(help, {
    value: "SIDE",
    description: "side on which a sample that is too long is cut: none (an error), left or right",
  }),
  tokens: toggle().default(true).register(help, {
    description:
      "write the rewards of every token; --no-tokens writes scores only, which is faster",
  }),
  encoding: oneOf("json", "base64").default("json").register(help, {
    value: "FORM",
    description: "how arrays are written: json, or base64 of little-endian float32",
  }),
  // Resuming is the default, so that the same command can be repeated.
  fresh: toggle().default(false).register(help, {
    description: "start over where an earlier run was interrupted, instead of resuming it",
  }),
  // Columns that a flag names take the place of those that `score` would recognise by their names.
  // They are looked for in the file before any work, so that a misspelt one costs nothing.
  promptColumn: text().optional().register(help, {
    value: "NAME",
    description: "column of the prompts, text or messages",
    unset: "recognised",
  }),
  completionColumn: text().optional().register(help, {
    value: "NAME",
    description: "column of the completions, texts or messages",
    unset: "recognised",
  }),
  messagesColumn: text().optional().register(help, {
    value: "NAME",
    description:
      "column of conversations; without a column of completions the last turn is what is scored",
    unset: "recognised",
  }),
  prefix: z.string().trim().default("").register(help, {
    value: "TEXT",
    description: "prefix of the names of the added columns, as in rm_score",
    unset: "nothing",
  }),
  graph: toggle().default(false).register(help, {
    description: "print the graph that Abacus writes for the model",
  }),
  json: toggle().default(false).register(help, {
    description: "print one JSON object instead of text",
  }),
  revision: text().default("main").register(help, {
    value: "REV",
    description: "branch, tag or commit of the hub repository",
  }),
  models: text().default(() => besideProgram("models")).register(help, {
    value: "DIR",
    description: "directory of the pulled models",
    unset: "models, beside the program",
  }),
  hubToken: text().optional().register(help, {
    value: "TOKEN",
    description: "access token of the hub for gated or private models",
    unset: "none",
  }),
  ...trainingSettings(),
});

/** The values of all settings. */
export type Settings = z.output<typeof settingsSchema>;

/** The key of a setting, e.g. `maxQueue`. */
export type SettingName = keyof Settings;

/** The help of a setting, with the names that follow from its key. */
export interface SettingHelp extends Help {
  /** As in `--max-queue`. */
  readonly flag: string;
  /** As in `ABACUS_MAX_QUEUE`. */
  readonly variable: string;
  /** Whether it is a switch: `--tokens`, `--no-tokens`. */
  readonly toggle: boolean;
  /** The default as the help shows it; absent for switches that are off. */
  readonly fallback?: string;
}

/** The names, the default and the sentence of one setting. */
export function helpOf(name: SettingName): SettingHelp {
  return describeSetting(name, settingsSchema.shape[name]);
}

/** The same of any schema that is in the registry of help. */
export function describeSetting(name: string, schema: z.ZodType): SettingHelp {
  const entry = help.get(schema);
  if (entry === undefined) throw new TypeError(`Cannot describe a setting without help: ${name}`);
  const words = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const fallback = entry.unset ?? shownDefault(schema.safeParse(undefined).data);
  return {
    ...entry,
    flag: `--${words}`,
    variable: `ABACUS_${words.replaceAll("-", "_").toUpperCase()}`,
    toggle: entry.value === undefined,
    ...(fallback === undefined ? {} : { fallback }),
  };
}

function shownDefault(value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined;
  return value === true ? "on" : String(value);
}
