/**
 * Where the steps of completions end and at which mark each is read: what the class of a process reward model
 * says, and the settings `--step-at` and `--step-mark` instead of it.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import { type NamedTokens, readNamedTokens } from "../text/named_tokens.ts";
import type { StepMark, StepRule } from "../text/step_rule.ts";

/** The settings. */
export interface StepSettings {
  /** `line`, `paragraph`, `every-token`, or a token of the vocabulary by its text or its id. @default as the class has it */
  readonly stepAt?: string | undefined;
  /** `separator`, `none`, or such a token. @default as the class has it */
  readonly stepMark?: string | undefined;
}

/** What ends a step, as separators are written. */
const separators = { line: "\n", paragraph: "\n\n" } as const;

/**
 * The rule of a model; undefined for one that scores whole completions.
 *
 * @param directory whose tokenizer the settings may name tokens of
 * @throws {AbacusError} `bad_usage` where the tokenizer has no such token, or the model reads no steps
 */
export async function stepRuleOf(
  { steps, name, dimensions: { vocabulary } }: Architecture,
  { stepAt, stepMark }: StepSettings,
  directory: string,
): Promise<StepRule | undefined> {
  if (steps === undefined) {
    refuseUnread(name, { "--step-at": stepAt, "--step-mark": stepMark });
    return undefined;
  }
  const at = stepAt ?? steps.at;
  if (at === "every-token") {
    if (stepMark === undefined || stepMark === "none") return { at };
    throw refused("every token is read at itself", `--step-mark ${stepMark}`);
  }
  const end = at === "line" || at === "paragraph" ? at : "mark";
  // A token that ends steps is the mark that they are read at.
  const wanted = stepMark ?? (end === "mark" ? at : steps.mark);
  if (wanted === "none" && end === "mark") {
    throw refused(`steps that end at ${at} are read at it`, "--step-mark none");
  }
  if (wanted === "none") return { at: end };
  const tokens = await readNamedTokens(directory);
  const flag = stepMark === undefined ? `--step-at ${at}` : `--step-mark ${stepMark}`;
  const find = { tokens, vocabulary, flag };
  if (wanted !== "separator") {
    return { at: end, mark: await markOf(wanted, { ...find, place: steps.place ?? "instead" }) };
  }
  if (end === "mark") throw refused(`${at} is no separator of a text`, flag);
  const ids = await tokens.idsOf(separators[end]);
  // A tokenizer that drops line breaks leaves nothing to read but the step's own last token.
  if (ids.length === 0) return { at: end };
  return { at: end, mark: { ids, text: separators[end], place: "instead", alone: true } };
}

/**
 * A language model of which rows of the vocabulary's head are read (`--head vocabulary:GOOD,BAD`) scores steps
 * where either setting of steps is given: by the softmax of those rows at each mark, as the card of
 * math-shepherd-mistral-7b-prm does, which writes the mark before the line break.
 */
export function steppedRows(
  architecture: Architecture,
  { head, stepAt, stepMark }: StepSettings & { readonly head?: string | undefined },
): Architecture {
  const isAsked = stepAt !== undefined || stepMark !== undefined;
  if (!isAsked || !head?.startsWith("vocabulary:")) return architecture;
  return {
    ...architecture,
    task: "token",
    pooling: "steps",
    steps: { at: "line", mark: "separator", place: "before", score: "softmax", good: 0 },
  };
}

interface Find {
  readonly tokens: NamedTokens;
  readonly vocabulary: number;
  /** The setting, as it was given. */
  readonly flag: string;
  readonly place: StepMark["place"];
}

/** A token of the vocabulary, by its id, by what is tokenised to it alone, or by its own spelling. */
async function markOf(
  token: string,
  { tokens, vocabulary, flag, place }: Find,
): Promise<StepMark> {
  const written = /^\d+$/.test(token) ? [Number(token)] : await tokens.idsOf(token);
  const id = written.length === 1 ? written[0] : tokens.idOf(token);
  if (id === undefined) throw refused("the tokenizer has no such token", flag);
  const text = tokens.tokenOf(id);
  if (id >= vocabulary || text === undefined) {
    throw refused(`the model's token ids go from 0 to ${vocabulary - 1}`, flag);
  }
  // SentencePiece writes the space before a word as U+2581, byte-level vocabularies as U+0120.
  return { ids: [id], text: text.replace(/^[\u2581\u0120]/, " "), place, alone: false };
}

function refuseUnread(name: string, settings: Readonly<Record<string, string | undefined>>): void {
  for (const [flag, value] of Object.entries(settings)) {
    if (value !== undefined) throw refused(`${name} scores whole completions`, `${flag} ${value}`);
  }
}

function refused(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot read steps there as ${reason}: received ${received}`);
}
