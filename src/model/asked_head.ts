/**
 * The head that the user asks for where nothing in a directory says that it is a reward model: the setting
 * `--head`.
 *
 * @module
 */

import type { AskedHead } from "../architectures/architecture_choice.ts";
import { valueHead } from "../architectures/heads/value_head.ts";
import { type TokenRow, vocabularyRows } from "../architectures/heads/vocabulary_rows.ts";
import { AbacusError } from "../errors.ts";
import { type NamedTokens, readNamedTokens } from "../text/named_tokens.ts";

/** More than any scale that models are asked to answer on. */
const MOST_TOKENS = 64;

/**
 * What `--head` names.
 *
 * @param head `value`, or `vocabulary:` and tokens by their texts or ids, with commas
 * @throws {AbacusError} `bad_usage` where it is neither, or the tokenizer has no such token
 */
export async function askedHead(
  head: string | undefined,
  directory: string,
): Promise<AskedHead | undefined> {
  if (head === undefined) return undefined;
  const by = `--head ${head}`;
  if (head === "value") {
    return { by, kind: valueHead, className: "AutoModelForCausalLMWithValueHead" };
  }
  const [, list] = /^vocabulary:(.+)$/s.exec(head) ?? [];
  if (list === undefined) throw refuse("there are value and vocabulary:TOKEN,...", head);
  const tokens = list.split(",");
  if (tokens.length > MOST_TOKENS) throw refuse(`${MOST_TOKENS} tokens are the most`, head);
  return { by, kind: vocabularyRows(await rowsOf(tokens, { head, directory })) };
}

async function rowsOf(
  tokens: readonly string[],
  { head, directory }: { head: string; directory: string },
): Promise<readonly TokenRow[]> {
  const named = tokens.every(isId) ? undefined : await readNamedTokens(directory);
  const rows = tokens.map((token) => ({ id: idOf(token, named, head), label: token }));
  const twice = rows.find(({ id }, i) => rows.findIndex((each) => each.id === id) !== i);
  if (twice === undefined) return rows;
  throw refuse(`a token may be named once, and '${twice.label.slice(0, 50)}' is there twice`, head);
}

function isId(token: string): boolean {
  return /^\d{1,9}$/.test(token);
}

function idOf(token: string, named: NamedTokens | undefined, head: string): number {
  const id = isId(token) ? Number(token) : named?.idOf(token);
  if (id !== undefined) return id;
  throw refuse(`the vocabulary has no token '${token.slice(0, 50)}'`, head);
}

function refuse(reason: string, head: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot use --head as ${reason}: received '${head.slice(0, 100)}'`,
  );
}
