/**
 * Closes texts with a token, as trainers of reward models do before they train on them: with that of the
 * end of a sequence, or with one that the model has for its score alone.
 *
 * @module
 */

import { AbacusError, type ErrorKind } from "../errors.ts";
import { type Close, closes } from "./sample.ts";
import type { TokenizedSample } from "./tokenized_sample.ts";

/** What a model has to close texts with. */
interface Ending {
  /** The tokenizer's end-of-sequence token. */
  readonly eos: number | undefined;
  /** The token at which the score is read. @default the model has none of its own for that */
  readonly reward?: number | undefined;
  /** How many ids the model has an embedding for. */
  readonly vocabulary: number;
}

/** How a model that cannot close texts refuses: the kind of the error, and what was asked for where. */
interface Refusal {
  readonly kind: ErrorKind;
  readonly received: string;
  readonly path?: string;
}

/**
 * The token that texts are closed with; undefined where nothing is appended.
 *
 * @throws {AbacusError} of the refusal's kind where the model has no such token
 */
export function endToken(
  close: Close,
  { eos, reward, vocabulary }: Ending,
  { kind, received, path }: Refusal,
): number | undefined {
  if (close === "none") return undefined;
  const token = { eos, reward }[close];
  if (token !== undefined && token < vocabulary) return token;
  const { name, missing } = words[close];
  const reason = token === undefined
    ? missing
    : `the model has no embedding for its ${name} token ${token}`;
  const message = `Cannot close texts as ${reason}: received ${received}`;
  throw new AbacusError(kind, message, path === undefined ? {} : { path });
}

/** What texts can be closed with, by the tokens that the model has. */
export function closesOf(ending: Ending): readonly Close[] {
  const { vocabulary } = ending;
  return closes.filter((close) => close === "none" || (ending[close] ?? vocabulary) < vocabulary);
}

const words = {
  eos: {
    name: "end-of-sequence",
    missing: "the model's tokenizer names no end-of-sequence token",
  },
  reward: { name: "reward", missing: "the model has no token of its own for its score" },
} as const;

/**
 * Refuses to close what ends in padding. Trainers mask it, so that the model does not see it; here it would
 * be seen before the token that is appended, and the score would look like one.
 *
 * @param padding ids that stand for no text
 * @throws {AbacusError} `invalid_request`
 */
export function expectUnpadded(
  { ids }: TokenizedSample,
  { end, padding }: { end: number | undefined; padding: readonly number[] },
): void {
  const last = ids.at(-1);
  if (end === undefined || last === undefined || last === end || !padding.includes(last)) return;
  throw new AbacusError(
    "invalid_request",
    "Cannot close a text that ends in padding, as the model would read it before the token that is " +
      `appended (leave it out): received the id ${last} at the end`,
  );
}

/**
 * The sample with `end` behind its last token, unless it is closed by it already. What is appended closes
 * the text, and is none of the completion's tokens.
 *
 * @param end the id of the token, or undefined where nothing is to be appended
 */
export function closedBy(end: number | undefined, sample: TokenizedSample): TokenizedSample {
  if (end === undefined || isClosedBy(end, sample)) return sample;
  const { ids, types } = sample;
  return {
    ...sample,
    ids: appended(ids, end),
    types: types && appended(types, types.at(-1) ?? 0),
  };
}

/**
 * Whether a sample ends in the token, or has it among the tokens behind its completion: a template that
 * closes a turn may write a line break behind that.
 */
export function isClosedBy(
  end: number,
  { ids, completion: [, behind] }: TokenizedSample,
): boolean {
  return ids.at(-1) === end || ids.indexOf(end, behind) >= 0;
}

function appended(list: Int32Array, value: number): Int32Array {
  const longer = new Int32Array(list.length + 1);
  longer.set(list);
  longer[list.length] = value;
  return longer;
}
