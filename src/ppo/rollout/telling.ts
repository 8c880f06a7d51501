/**
 * Telling: how the reward model is told of completions, as texts or as ids, and whether of their ends. It is
 * chosen once, by what the server says of its model.
 *
 * @module
 */

import type { ModelFacts } from "../../client/mod.ts";
import type { CreditMethodName } from "../../credit/registry.ts";
import { AbacusError } from "../../errors.ts";
import type { TokenizerIdentity } from "./policy_text.ts";

/** Ids where that is possible, or texts always, or ids or no run. */
export const sendForms = ["auto", "text", "ids"] as const;

/** What the user chose. */
export interface TellingChoice {
  readonly send: typeof sendForms[number];
  /** Whether the reward model is told that the policy ended a text. */
  readonly ends: boolean;
  /** What every text is closed with, ended or not. @default what the server was started with */
  readonly close?: "eos" | undefined;
}

/** How completions are told. */
export interface Telling {
  /** What every request asks texts to be closed with. @default what the server was started with */
  readonly close?: "eos" | undefined;
  /** Whether a text is closed that the policy ended. */
  readonly closesEnded: boolean;
  /** What ids are written by. @default completions are told as texts */
  readonly ids?: IdsTelling | undefined;
}

/** What completions that are told as ids are written by. */
export interface IdsTelling {
  readonly tokenizer: Pick<TokenizerIdentity, "head" | "opening">;
  /** The ids that the reward model has an embedding for. */
  readonly vocabulary: number;
  /** Whether an id may be told that ends a completion. */
  readonly endsIn: (id: number) => boolean;
}

/** What the choice depends on besides. */
export interface Asked {
  /** The policy's. @default it is not known */
  readonly tokenizer?: TokenizerIdentity | undefined;
  /** How the server gives credit. */
  readonly method: CreditMethodName;
}

/**
 * Methods that compare a completion with others in its place. An end behind a text stands behind each of them;
 * among the ids it would be a part of the completion, that goes with it.
 */
const comparing: readonly CreditMethodName[] = ["integrated", "occlusion", "shapley"];

/** What the server's model says that the choice depends on. */
export type ToldModel = Pick<
  ModelFacts,
  "close" | "closes" | "task" | "input" | "vocabulary" | "tokenizer_digest" | "pooled"
>;

/**
 * How a model is told.
 *
 * @throws {AbacusError} `bad_usage` where ids are to be sent to a model that they mean something else to
 */
export function tellingOf(
  model: ToldModel,
  { send, ends, close }: TellingChoice,
  { tokenizer, method }: Asked,
): Telling {
  // A server that closes texts knows what its model needs, and a model of steps is read before the end.
  const closesEnded = ends && close === undefined && model.close === "none" &&
    model.closes.includes("eos") && model.task === "sequence";
  const telling = { close, closesEnded };
  if (send === "text") return telling;
  const reason = whyNotIds(model, tokenizer);
  if (reason === undefined && tokenizer !== undefined) {
    const closed = closesEnded || close === "eos" || model.close === "eos";
    const isWhole = closed && !comparing.includes(method);
    const endsIn = (id: number) => isWhole && isRead(id, model);
    return { ...telling, ids: { tokenizer, vocabulary: model.vocabulary, endsIn } };
  }
  if (send === "auto") return telling;
  throw new AbacusError(
    "bad_usage",
    `Cannot tell the reward model token ids as ${reason}: received --send ${send}`,
  );
}

/** Why ids of the policy do not mean to the model what their text does; undefined where they do. */
function whyNotIds(model: ToldModel, tokenizer: TokenizerIdentity | undefined): string | undefined {
  if (tokenizer === undefined || model.tokenizer_digest !== tokenizer.digest) {
    return "its tokenizer is not the policy's";
  }
  if (tokenizer.tail > 0) return "its tokenizer puts tokens behind every text";
  if (model.input === "pair") return "it reads prompt and completion as a pair of texts";
  return model.task === "token" ? "it looks for steps in texts" : undefined;
}

/**
 * Whether a token at the end of a text is read. One that is not earns nothing among ids, and behind a text
 * stands for the end, and is paid what is not spread.
 */
function isRead(id: number, { pooled }: ToldModel): boolean {
  if (pooled === undefined || pooled.at === "graph") return false;
  return pooled.at === "named" ? id === pooled.id : id !== pooled.id;
}
