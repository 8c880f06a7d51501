/**
 * Results: the columns that a row gains from the replies to its items.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { CompletionReply, ItemReply } from "../../wire/reply.ts";
import { type Fields, UnreadableRow } from "./row.ts";
import { type Form, rowError, type RowRequest } from "./row_request.ts";

/** How results are written. */
export interface ResultOptions {
  /** Whether the rewards of tokens are written, or the score only. */
  readonly tokens: boolean;
  /** The prefix of the name of every added column. */
  readonly prefix: string;
}

/** The columns that a row gains, and what the totals count of it. */
export interface RowResult {
  readonly gained: Fields;
  readonly error?: AbacusError;
  /** Of a pair: by how much the score of the chosen answer is the higher one. */
  readonly margin?: number;
}

/** The result of a row that asks for nothing that can be scored. */
export function failedResult(error: AbacusError, options: ResultOptions): RowResult {
  const { kind, message, path } = error;
  const line = error instanceof UnreadableRow ? { line: error.line } : {};
  const written = { kind, message, ...(path === undefined ? {} : { path }), ...line };
  return { gained: prefixed({ error: written }, options), error };
}

/**
 * The result of a row.
 *
 * @param replies one per item of the request; the path of an error is that in the request
 */
export function resultOf(
  request: RowRequest,
  replies: readonly (ItemReply | AbacusError)[],
  options: ResultOptions,
): RowResult {
  const completions: CompletionReply[] = [];
  for (const [item, reply] of replies.entries()) {
    if (!(reply instanceof AbacusError)) completions.push(...reply.completions);
    else return failedResult(rowError(placedAt(reply, item), request), options);
  }
  const { margin, ...gained } = gainedOf[request.form](completions, options);
  const own = prefixed({ ...gained, ...(margin === undefined ? {} : { margin }) }, options);
  return { gained: own, ...(margin === undefined ? {} : { margin }) };
}

/** The item of an error counted within its row, and not within all that were scored together. */
function placedAt(error: AbacusError, item: number): AbacusError {
  const path = error.path?.replace(/^items\[\d+\]/, `items[${item}]`);
  if (path === undefined || error.path === undefined) return error;
  return error.with({ path, message: error.message.replaceAll(error.path, () => path) });
}

type Gained = Fields & { readonly margin?: number };

const gainedOf: Readonly<
  Record<Form, (completions: readonly CompletionReply[], options: ResultOptions) => Gained>
> = {
  one: ([only], options) => ({ ...shown(only, options) }),
  several: (completions, options) => ({ results: completions.map((each) => shown(each, options)) }),
  pair([chosen, rejected], options) {
    const margin = (chosen?.score ?? NaN) - (rejected?.score ?? NaN);
    return {
      ...named("chosen_", shown(chosen, options)),
      ...named("rejected_", shown(rejected, options)),
      accurate: margin > 0,
      margin,
    };
  },
};

function shown(
  completion: CompletionReply | undefined,
  { tokens }: ResultOptions,
): Partial<CompletionReply> {
  if (completion === undefined) throw new TypeError("Cannot write a reply without completions");
  if (tokens) return completion;
  const { score, dropped, truncated } = completion;
  return { score, ...(dropped === undefined ? {} : { dropped }), truncated };
}

function prefixed(fields: Fields, { prefix }: ResultOptions): Fields {
  return prefix === "" ? fields : named(prefix, fields);
}

function named(prefix: string, fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}
