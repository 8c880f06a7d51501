/**
 * Which methods a model can be asked for, and why not the others.
 *
 * @module
 */

import type { Question } from "../engine/engine.ts";
import type { CreditMethod } from "./method.ts";

/** What decides it. */
export interface CreditedModel {
  readonly family: string;
  /** Its class. @default the family's name stands for it */
  readonly architecture?: string;
  /** Whether it scores whole completions, or their steps. @default "sequence" */
  readonly task?: "sequence" | "token";
  readonly attention: "causal" | "bidirectional" | "unknown";
  /** What it cannot be asked, with the reason. @default it can be asked everything */
  readonly withheld?: Readonly<Partial<Record<Question, string>>>;
}

/** What a method asks for, in words. */
const words: Readonly<Record<Question, string>> = {
  rows: "the score read at each token",
  attention: "the last layer's attention",
  gradient: "a gradient",
  integrated: "gradients",
  layers: "the attention of every layer",
  rollout: "the attention of every layer",
};

/** The end of the sentence "Cannot assign credit as METHOD", where a model cannot be asked for it. */
export function unavailable(method: CreditMethod, model: CreditedModel): string | undefined {
  if (method.causalOnly && model.attention !== "causal") {
    return `needs a causal model: received the family ${model.family}`;
  }
  const { task = "sequence", architecture = model.family } = model;
  if (method.task !== undefined && method.task !== task) {
    return task === "sequence"
      ? `needs a model that scores steps: received ${architecture}`
      : `needs a model that scores whole completions: received ${architecture}, which scores steps`;
  }
  const { withheld = {} } = model;
  const asked = method.asks?.find((question) => withheld[question] !== undefined);
  return asked && `needs ${words[asked]}: received ${withheld[asked]}`;
}
