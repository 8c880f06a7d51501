/**
 * Facts: what may be told of what scores, a model or a mixture of some, in terms of its own. Replies about
 * models, the start's lines and other servers' metadata are made of them alone.
 *
 * @module
 */

import { methodsFor } from "../credit/choice.ts";
import type { CreditMethod } from "../credit/method.ts";
import type { LoadedModel } from "../model/model.ts";
import { type NamedPooling, namedPooling, poolingText } from "../text/pooling.ts";

/** What a {@linkcode LoadedModel} says of itself under the same names. */
type Said = Pick<
  LoadedModel,
  | "name"
  | "family"
  | "architecture"
  | "chosenBy"
  | "base"
  | "attention"
  | "head"
  | "task"
  | "input"
  | "parameters"
  | "storedDtype"
  | "weightsDigest"
  | "scoreRule"
  | "normalization"
  | "steps"
>;

/** A member of a mixture. */
export interface MemberFacts {
  readonly name: string;
  /** What its score is multiplied with. */
  readonly weight: number;
}

/** What may be told of what scores; nothing in it is a path. */
export interface ModelFacts extends Said {
  /** Whether the graph was written from the weights, or comes from a file. */
  readonly graph: "own" | "prebuilt";
  /** Where the score is read, in words. */
  readonly pooling: string;
  /** The same as a rule; members of a mixture may have several. */
  readonly pooled?: NamedPooling;
  readonly dtype: string;
  readonly device: string;
  /** The part of the heavy nodes that the device itself runs. */
  readonly onDevice: number;
  readonly threads: number;
  /** Where each replica runs. @default there is one */
  readonly replicas?: readonly string[];
  /** The most tokens of a prompt with its completion. */
  readonly context: number;
  readonly vocabulary: number;
  readonly labels: number;
  /** Whether conversations can be scored. */
  readonly chat: boolean;
  readonly close: LoadedModel["tokenizer"]["close"];
  /** What a call may ask texts to be closed with. */
  readonly closes: LoadedModel["tokenizer"]["closes"];
  /** Of the tokenizer; a mixture has several. */
  readonly tokenizerDigest?: string;
  /** The credit methods that it can be asked for, its default first. */
  readonly methods: readonly CreditMethod[];
  /** The members of a mixture. @default it is one model */
  readonly members?: readonly MemberFacts[];
  /** Lines for whoever starts it. */
  readonly notes: readonly string[];
}

/** The facts of one model. */
export function factsOf(model: LoadedModel): ModelFacts {
  const { engine: { facts }, dimensions, tokenizer, prebuilt, chosenBy, base, steps } = model;
  const { warning } = tokenizer;
  return {
    name: model.name,
    family: model.family,
    architecture: model.architecture,
    ...(chosenBy === undefined ? {} : { chosenBy }),
    ...(base === undefined ? {} : { base }),
    attention: model.attention,
    graph: prebuilt === undefined ? "own" : "prebuilt",
    pooling: placeOf(model),
    pooled: namedPooling(model.pooling),
    head: model.head,
    task: model.task,
    input: model.input,
    parameters: model.parameters,
    storedDtype: model.storedDtype,
    ...(model.weightsDigest === undefined ? {} : { weightsDigest: model.weightsDigest }),
    dtype: facts.dtype,
    device: facts.device,
    onDevice: facts.onDevice,
    threads: facts.threads,
    ...(facts.replicas === undefined ? {} : { replicas: facts.replicas }),
    context: dimensions.context,
    vocabulary: dimensions.vocabulary,
    labels: dimensions.labels,
    scoreRule: model.scoreRule,
    normalization: model.normalization,
    chat: tokenizer.chat,
    close: tokenizer.close,
    closes: tokenizer.closes,
    ...(tokenizer.digest === undefined ? {} : { tokenizerDigest: tokenizer.digest }),
    ...(steps === undefined ? {} : { steps }),
    methods: methodsFor(model),
    notes: warning === undefined ? model.notes : [warning, ...model.notes],
  };
}

/** Where the score is read; a prebuilt graph chooses by itself. */
function placeOf({ pooling, prebuilt }: LoadedModel): string {
  const text = poolingText(pooling);
  return prebuilt === undefined || pooling === "graph" ? text : `${text}, within the graph`;
}
