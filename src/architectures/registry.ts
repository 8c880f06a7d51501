/**
 * Registry: every family that Abacus can serve or train, one line each.
 *
 * To add a family, write its page (see llama.ts), add its line here and its golden numbers under
 * tests/oracle.
 *
 * @module
 */

import { z } from "zod";
import { albertForSequenceClassification } from "./albert.ts";
import type { Architecture } from "./architecture.ts";
import {
  type AskedHead,
  chooseArchitecture,
  classNames,
  type Evidence,
  type KnownClass,
} from "./architecture_choice.ts";
import { bertForSequenceClassification } from "./bert.ts";
import type { CausalFamily, CausalReading } from "./causal_family.ts";
import { causalClassifier } from "./classifier.ts";
import { badConfiguration } from "./configuration.ts";
import { debertaV2ForSequenceClassification } from "./deberta_v2.ts";
import { distilBertForSequenceClassification } from "./distilbert.ts";
import { electraForSequenceClassification } from "./electra.ts";
import { withinLimits } from "./field_limits.ts";
import { inPageNames } from "./field_names.ts";
import { gemma } from "./gemma.ts";
import { gemma2 } from "./gemma2.ts";
import { gemma3 } from "./gemma3.ts";
import { gpt2 } from "./gpt2.ts";
import { gptNeoX } from "./gpt_neox.ts";
import { gptJ } from "./gptj.ts";
import {
  type FoundLayer,
  type HeadKind,
  linearKind,
  scoreHead,
  type StoredShapes,
} from "./heads/head_kind.ts";
import { trainerClasses } from "./heads/trainer_classes.ts";
import { grmHead } from "./heads/value_head.ts";
import { internLM2ForRewardModel } from "./internlm2.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { modernBertForSequenceClassification } from "./modernbert.ts";
import { opt } from "./opt.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import {
  camembertForSequenceClassification,
  robertaForSequenceClassification,
  xlmRobertaForSequenceClassification,
} from "./roberta.ts";
import { stepModels } from "./step_models.ts";
import { familiesOf, unknownClass, unknownFamily } from "./unknown_class.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A class that is served. */
interface Served extends KnownClass {
  /** Its architecture, as config.json and the stored head say it. */
  read(fields: Fields, evidence: HeadEvidence): Architecture;
}

/** What is known of a head beside config.json. */
interface HeadEvidence {
  readonly stored: StoredShapes;
  /** A head that was found where config.json does not name the class. */
  readonly found?: FoundLayer | undefined;
}

const families: readonly CausalFamily[] = [
  gemma,
  gemma2,
  gemma3,
  gpt2,
  gptJ,
  gptNeoX,
  llama,
  mistral,
  opt,
  phi3,
  qwen2,
  qwen3,
];

const classifier = "classifier.weight";
const projected = "classifier.out_proj.weight";

/** Pages that bring a head of their own, with the name of its weights: encoders, and reward models alone. */
const pages = {
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
  InternLM2ForRewardModel: page("internlm2", "v_head.weight", internLM2ForRewardModel),
  ModernBertForSequenceClassification: page(
    "modernbert",
    classifier,
    modernBertForSequenceClassification,
  ),
  RobertaForSequenceClassification: page("roberta", projected, robertaForSequenceClassification),
  XLMRobertaForSequenceClassification: page(
    "xlm-roberta",
    projected,
    xlmRobertaForSequenceClassification,
  ),
};

/** Every class that is served. */
const classes: Readonly<Record<string, Served>> = {
  ...pages,
  ...Object.fromEntries(
    [
      ...stepModels,
      ...families.map((family) => ({ name: family.classifier, family, kind: scoreHead })),
    ]
      .map(({ name, family, kind }) => [name, joined(family, name, kind)]),
  ),
  ...Object.fromEntries(
    Object.entries(trainerClasses).map(([name, { family, kind }]) => [
      name,
      { ...joined(family, name, kind), own: true },
    ]),
  ),
};

/** Every class that is trained. */
const languageModels: Readonly<Record<string, { family: string; page: CausalFamily }>> = Object
  .fromEntries(families.map((page) => [page.languageModel, { family: page.type, page }]));

function page(family: string, head: string, own: (config: unknown) => Architecture): Served {
  return { family, head, read: (fields) => own(inPageNames(fields, family)) };
}

/** A class that reads a family's trunk with a kind of head. */
function joined(family: CausalFamily, name: string, kind: HeadKind): Served {
  return {
    family: family.type,
    head: kind.tensor,
    read(fields, { stored, found }) {
      const source = { ...readingOf(family, fields), fields, stored };
      return causalClassifier(name, source, found === undefined ? kind : linearKind(found));
    },
  };
}

function readingOf(family: CausalFamily, fields: Fields): CausalReading {
  return family.read(inPageNames(fields, family.type));
}

/** The names of reward models that config.json may give under `architectures`. */
export const architectureNames: readonly string[] = Object.keys(classes);

/**
 * The page of the reward model that a config.json names, or that `model_type` and the stored head tell.
 *
 * @throws {AbacusError} `bad_model` for an architecture that is unknown (naming the nearest known
 * one) or a configuration that its page cannot read (naming the field); `bad_usage` where the class that
 * was asked for is unknown
 */
export function architectureOf(config: unknown, evidence: Evidence = {}): Architecture {
  const fields = withinLimits(objectOf(config));
  const head = evidence.head ?? grmHead(fields, evidence.tensors);
  if (head !== undefined) return withHead(fields, head, evidence);
  const choice = chooseArchitecture(fields, classes, evidence);
  if (choice === undefined) {
    throw unknownClass(fields, { verb: "serve", classes, other: languageModels }, evidence);
  }
  const { name, by, labels, found } = choice;
  const told = labels === undefined ? fields : { ...fields, num_labels: labels };
  const { tensors: stored = new Map() } = evidence;
  return {
    ...usable(name, () => classes[name]!.read(told, { stored, found })),
    ...(by === undefined ? {} : { chosenBy: by }),
  };
}

/** Whether a page reads the class that a config.json names, or the family that it says. */
export function hasPage(config: unknown): boolean {
  const fields = objectOf(config);
  return classNames(fields).some((name) => Object.hasOwn(classes, name)) ||
    Object.values(classes).some(({ family }) => family === fields["model_type"]);
}

/** The trunk of a decoder with the head that is asked for. */
function withHead(fields: Fields, head: AskedHead, evidence: Evidence): Architecture {
  const family = families.find((each) => isOf(each, fields, evidence));
  if (family === undefined) throw unknownFamily(fields, head, familiesOf(languageModels));
  const { by, kind, className: name = family.languageModel } = head;
  const { tensors: stored = new Map() } = evidence;
  const read = () => causalClassifier(name, { ...readingOf(family, fields), fields, stored }, kind);
  return { ...usable(name, read), chosenBy: by };
}

/** The class that is asked for decides, or else `model_type`, or the class under `architectures`. */
function isOf(family: CausalFamily, fields: Fields, { asked }: Evidence): boolean {
  const { model_type: type = null } = fields;
  const names = asked === undefined ? classNames(fields) : [asked];
  if (asked === undefined && type !== null) return type === family.type;
  return names.some((name) => name === family.languageModel || name === family.classifier);
}

/** The page of the policy that a config.json names. @throws {AbacusError} as {@linkcode architectureOf} */
export function languageModelOf(config: unknown): LanguageModel {
  const fields = withinLimits(objectOf(config));
  const name = classNames(fields).find((each) => Object.hasOwn(languageModels, each));
  if (name === undefined) {
    throw unknownClass(fields, { verb: "train", classes: languageModels, other: classes });
  }
  const { trunk, vocabulary } = usable(name, () => readingOf(languageModels[name]!.page, fields));
  return languageModel(name, trunk, vocabulary);
}

function objectOf(config: unknown): Fields {
  return typeof config === "object" && config !== null ? { ...config } : {};
}

/** What a page reads. @throws {AbacusError} `bad_model` naming the field that it cannot use */
function usable<T>(name: string, read: () => T): T {
  try {
    return read();
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
