/**
 * Registry: every family that Abacus can serve or train, one line each.
 *
 * To add a family, write its page (see llama.ts), add its line here and its golden numbers under
 * tests/oracle.
 *
 * @module
 */

import { z } from "zod";
import type { AbacusError } from "../errors.ts";
import { nearest } from "../spelling.ts";
import type { Architecture } from "./architecture.ts";
import { bertForSequenceClassification } from "./bert.ts";
import { badConfiguration } from "./configuration.ts";
import { debertaV2ForSequenceClassification } from "./deberta_v2.ts";
import { gemma2ForSequenceClassification } from "./gemma2.ts";
import { gpt2ForSequenceClassification, gpt2LMHeadModel } from "./gpt2.ts";
import { gptNeoXForSequenceClassification } from "./gpt_neox.ts";
import type { LanguageModel } from "./language_model.ts";
import { llamaForCausalLM, llamaForSequenceClassification } from "./llama.ts";
import { mistralForCausalLM, mistralForSequenceClassification } from "./mistral.ts";

type Reader<T> = (config: unknown) => T;
type Readers<T> = Readonly<Record<string, Reader<T>>>;

const classifiers: Readers<Architecture> = {
  BertForSequenceClassification: bertForSequenceClassification,
  DebertaV2ForSequenceClassification: debertaV2ForSequenceClassification,
  Gemma2ForSequenceClassification: gemma2ForSequenceClassification,
  GPT2ForSequenceClassification: gpt2ForSequenceClassification,
  GPTNeoXForSequenceClassification: gptNeoXForSequenceClassification,
  LlamaForSequenceClassification: llamaForSequenceClassification,
  MistralForSequenceClassification: mistralForSequenceClassification,
};

const languageModels: Readers<LanguageModel> = {
  GPT2LMHeadModel: gpt2LMHeadModel,
  LlamaForCausalLM: llamaForCausalLM,
  MistralForCausalLM: mistralForCausalLM,
};

/** The names of reward models that config.json may give under `architectures`. */
export const architectureNames: readonly string[] = Object.keys(classifiers);

const named = z.object({ architectures: z.array(z.string()).min(1) });

/**
 * The page of the reward model that a config.json names.
 *
 * @throws {AbacusError} `bad_model` for an architecture that is unknown (naming the nearest known
 * one) or a configuration that its page cannot read (naming the field).
 */
export function architectureOf(config: unknown): Architecture {
  return readBy(classifiers, config, { verb: "serve", other: languageModels });
}

/** The page of the policy that a config.json names. @throws {AbacusError} as {@linkcode architectureOf} */
export function languageModelOf(config: unknown): LanguageModel {
  return readBy(languageModels, config, { verb: "train", other: classifiers });
}

function readBy<T>(
  readers: Readers<T>,
  config: unknown,
  { verb, other }: { verb: string; other: Readers<unknown> },
): T {
  const parsed = named.safeParse(config);
  if (!parsed.success) {
    throw badConfiguration(
      `Cannot tell the architecture as "architectures" is missing or is not a list of names`,
    );
  }
  const name = parsed.data.architectures[0] ?? "";
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader !== undefined) return read(reader, config, name);
  throw unknown(name, { verb, known: Object.keys(readers), elsewhere: Object.hasOwn(other, name) });
}

function read<T>(reader: Reader<T>, config: unknown, name: string): T {
  try {
    return reader(config);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw badConfiguration(
      `Cannot read the configuration of ${name} as "${
        issue?.path.join(".")
      }" is not usable: ${issue?.message}`,
    );
  }
}

interface Unknown {
  readonly verb: string;
  readonly known: readonly string[];
  /** Whether it is known as the other kind of model. */
  readonly elsewhere: boolean;
}

function unknown(name: string, { verb, known, elsewhere }: Unknown): AbacusError {
  const near = nearest(name, known);
  const hint = elsewhere
    ? `; it is a ${verb === "serve" ? "policy" : "reward model"}`
    : near === undefined
    ? ""
    : `; the nearest known one is ${near}`;
  return badConfiguration(
    `Cannot ${verb} the architecture "${name.slice(0, 100)}" as it is not one of ${
      known.join(", ")
    }${hint}`,
  );
}
