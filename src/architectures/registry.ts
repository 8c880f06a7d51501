/**
 * Registry: every family that Abacus can serve or train, one line each.
 *
 * To add a family, write its page (see llama.ts), add its line here and its golden numbers under
 * tests/oracle.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";
import { nearest } from "../spelling.ts";
import { albertForSequenceClassification } from "./albert.ts";
import type { Architecture } from "./architecture.ts";
import { chooseArchitecture, classNames, type Evidence } from "./architecture_choice.ts";
import { bertForSequenceClassification } from "./bert.ts";
import { badConfiguration } from "./configuration.ts";
import { debertaV2ForSequenceClassification } from "./deberta_v2.ts";
import { distilBertForSequenceClassification } from "./distilbert.ts";
import { electraForSequenceClassification } from "./electra.ts";
import { inPageNames } from "./field_names.ts";
import { gemmaForCausalLM, gemmaForSequenceClassification } from "./gemma.ts";
import { gemma2ForCausalLM, gemma2ForSequenceClassification } from "./gemma2.ts";
import { gemma3ForCausalLM, gemma3TextForSequenceClassification } from "./gemma3.ts";
import { gpt2ForSequenceClassification, gpt2LMHeadModel } from "./gpt2.ts";
import { gptNeoXForCausalLM, gptNeoXForSequenceClassification } from "./gpt_neox.ts";
import { gptJForCausalLM, gptJForSequenceClassification } from "./gptj.ts";
import type { LanguageModel } from "./language_model.ts";
import { internLM2ForRewardModel } from "./internlm2.ts";
import { llamaForCausalLM, llamaForSequenceClassification } from "./llama.ts";
import { mistralForCausalLM, mistralForSequenceClassification } from "./mistral.ts";
import { modernBertForSequenceClassification } from "./modernbert.ts";
import { optForCausalLM, optForSequenceClassification } from "./opt.ts";
import { phi3ForCausalLM, phi3ForSequenceClassification } from "./phi3.ts";
import { qwen2ForCausalLM, qwen2ForSequenceClassification } from "./qwen2.ts";
import { qwen3ForCausalLM, qwen3ForSequenceClassification } from "./qwen3.ts";
import {
  camembertForSequenceClassification,
  robertaForSequenceClassification,
  xlmRobertaForSequenceClassification,
} from "./roberta.ts";

/** A class of transformers that is read by a page. */
interface Page<T> {
  /** As `model_type` names it. */
  readonly family: string;
  readonly read: (config: unknown) => T;
}

type Pages<T> = Readonly<Record<string, Page<T>>>;

type Classifier = Page<Architecture> & { readonly head: string };

const score = "score.weight";
const classifier = "classifier.weight";
const projected = "classifier.out_proj.weight";

function page(family: string, head: string, read: Classifier["read"]): Classifier {
  return { family, head, read };
}

const classifiers: Readonly<Record<string, Classifier>> = {
  AlbertForSequenceClassification: page("albert", classifier, albertForSequenceClassification),
  BertForSequenceClassification: page("bert", classifier, bertForSequenceClassification),
  CamembertForSequenceClassification: page(
    "camembert",
    projected,
    camembertForSequenceClassification,
  ),
  DebertaV2ForSequenceClassification: page(
    "deberta-v2",
    classifier,
    debertaV2ForSequenceClassification,
  ),
  DistilBertForSequenceClassification: page(
    "distilbert",
    classifier,
    distilBertForSequenceClassification,
  ),
  ElectraForSequenceClassification: page("electra", projected, electraForSequenceClassification),
  GemmaForSequenceClassification: page("gemma", score, gemmaForSequenceClassification),
  Gemma2ForSequenceClassification: page("gemma2", score, gemma2ForSequenceClassification),
  Gemma3TextForSequenceClassification: page(
    "gemma3_text",
    score,
    gemma3TextForSequenceClassification,
  ),
  GPT2ForSequenceClassification: page("gpt2", score, gpt2ForSequenceClassification),
  GPTJForSequenceClassification: page("gptj", score, gptJForSequenceClassification),
  GPTNeoXForSequenceClassification: page("gpt_neox", score, gptNeoXForSequenceClassification),
  InternLM2ForRewardModel: page("internlm2", "v_head.weight", internLM2ForRewardModel),
  LlamaForSequenceClassification: page("llama", score, llamaForSequenceClassification),
  MistralForSequenceClassification: page("mistral", score, mistralForSequenceClassification),
  ModernBertForSequenceClassification: page(
    "modernbert",
    classifier,
    modernBertForSequenceClassification,
  ),
  OPTForSequenceClassification: page("opt", score, optForSequenceClassification),
  Phi3ForSequenceClassification: page("phi3", score, phi3ForSequenceClassification),
  Qwen2ForSequenceClassification: page("qwen2", score, qwen2ForSequenceClassification),
  Qwen3ForSequenceClassification: page("qwen3", score, qwen3ForSequenceClassification),
  RobertaForSequenceClassification: page("roberta", projected, robertaForSequenceClassification),
  XLMRobertaForSequenceClassification: page(
    "xlm-roberta",
    projected,
    xlmRobertaForSequenceClassification,
  ),
};

const languageModels: Pages<LanguageModel> = {
  GemmaForCausalLM: { family: "gemma", read: gemmaForCausalLM },
  Gemma2ForCausalLM: { family: "gemma2", read: gemma2ForCausalLM },
  Gemma3ForCausalLM: { family: "gemma3_text", read: gemma3ForCausalLM },
  GPT2LMHeadModel: { family: "gpt2", read: gpt2LMHeadModel },
  GPTJForCausalLM: { family: "gptj", read: gptJForCausalLM },
  GPTNeoXForCausalLM: { family: "gpt_neox", read: gptNeoXForCausalLM },
  LlamaForCausalLM: { family: "llama", read: llamaForCausalLM },
  MistralForCausalLM: { family: "mistral", read: mistralForCausalLM },
  OPTForCausalLM: { family: "opt", read: optForCausalLM },
  Phi3ForCausalLM: { family: "phi3", read: phi3ForCausalLM },
  Qwen2ForCausalLM: { family: "qwen2", read: qwen2ForCausalLM },
  Qwen3ForCausalLM: { family: "qwen3", read: qwen3ForCausalLM },
};

/** The names of reward models that config.json may give under `architectures`. */
export const architectureNames: readonly string[] = Object.keys(classifiers);

/**
 * The page of the reward model that a config.json names, or that `model_type` and the stored head tell.
 *
 * @throws {AbacusError} `bad_model` for an architecture that is unknown (naming the nearest known
 * one) or a configuration that its page cannot read (naming the field); `bad_usage` where the class that
 * was asked for is unknown
 */
export function architectureOf(config: unknown, evidence: Evidence = {}): Architecture {
  const fields = objectOf(config);
  const choice = chooseArchitecture(fields, classifiers, evidence);
  if (choice === undefined) {
    throw unknown(fields, { verb: "serve", pages: classifiers, other: languageModels }, evidence);
  }
  const { name, by, labels, renamed } = choice;
  const told = labels === undefined ? fields : { ...fields, num_labels: labels };
  return {
    ...read(classifiers[name]!, told, name),
    ...(by === undefined ? {} : { chosenBy: by }),
    ...(renamed === undefined ? {} : { renamed }),
  };
}

/** The page of the policy that a config.json names. @throws {AbacusError} as {@linkcode architectureOf} */
export function languageModelOf(config: unknown): LanguageModel {
  const fields = objectOf(config);
  const name = classNames(fields).find((each) => Object.hasOwn(languageModels, each));
  if (name !== undefined) return read(languageModels[name]!, fields, name);
  throw unknown(fields, { verb: "train", pages: languageModels, other: classifiers });
}

function objectOf(config: unknown): Readonly<Record<string, unknown>> {
  return typeof config === "object" && config !== null ? { ...config } : {};
}

function read<T>(page: Page<T>, config: Readonly<Record<string, unknown>>, name: string): T {
  try {
    return page.read(inPageNames(config, page.family));
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

/** What a class was looked for in. */
interface Search {
  readonly verb: string;
  readonly pages: Pages<unknown>;
  /** The classes of the other kind of model. */
  readonly other: Pages<unknown>;
}

/** The error of a class that is not served, or of a file that names none. */
function unknown(
  config: Readonly<Record<string, unknown>>,
  { verb, pages, other }: Search,
  { asked }: Evidence = {},
): AbacusError {
  const known = Object.keys(pages);
  const [name] = asked === undefined ? classNames(config) : [asked];
  if (name === undefined) {
    return badConfiguration(
      `Cannot tell the architecture as "architectures" is missing or is not a list of names, and ` +
        `"model_type" is not one of ${familiesOf(pages)}: received ${
          JSON.stringify(config["model_type"] ?? null).slice(0, 100)
        }`,
    );
  }
  const near = nearest(name, known);
  const hint = Object.hasOwn(other, name)
    ? `; it is a ${verb === "serve" ? "policy" : "reward model"}`
    : near === undefined
    ? ""
    : `; the nearest known one is ${near}`;
  const message = `Cannot ${verb} the architecture "${name.slice(0, 100)}" as it is not one of ${
    known.join(", ")
  }${hint}`;
  if (asked === undefined) return badConfiguration(message);
  return new AbacusError("bad_usage", `${message}: received --architecture ${asked.slice(0, 100)}`);
}

function familiesOf(pages: Pages<unknown>): string {
  return [...new Set(Object.values(pages).map(({ family }) => family))].join(", ");
}
