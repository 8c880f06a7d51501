/**
 * The added tokens of a tokenizer that reads control tokens in texts as plain text, as transformers'
 * `split_special_tokens` does.
 *
 * The library has a switch for it that its interface does not offer. So the tokenizer is opened without
 * the special tokens: where one would take a number from the tokens behind it, a placeholder that no text
 * contains keeps its place. The switch still finds a special token before it lets it pass, so that another
 * token inside it is not found; tokens that overlap like that are refused.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { AddedToken } from "./added_token.ts";
import type { Part } from "./tokenizer_frames.ts";

/**
 * @param json the tokenizer.json that they are added to
 * @throws {AbacusError} `bad_model` where a special token overlaps with another one
 */
export function splitTokens(added: readonly AddedToken[], json: Part): AddedToken[] {
  const special = new Set(added.filter((token) => token.special).map(({ content }) => content));
  checkOverlap(added, special);
  const { vocab } = json["model"] as Part;
  const pieces = Array.isArray(vocab) ? new Set(vocab.map(([piece]) => piece)) : undefined;
  const isPiece = (content: string) =>
    pieces?.has(content) ?? Object.hasOwn(vocab as Part, content);
  const nonce = crypto.randomUUID();
  return added.flatMap((token) => {
    if (!special.has(token.content)) return [token];
    if (token.content === "" || isPiece(token.content)) return [];
    return [new AddedToken(`${nonce} ${token.content}`)];
  });
}

function checkOverlap(added: readonly AddedToken[], special: ReadonlySet<string>): void {
  const [hidden, found] = [true, false].map((isSpecial) =>
    added.filter(({ content }) => special.has(content) === isSpecial)
  ) as [AddedToken[], AddedToken[]];
  for (const control of hidden) {
    const plain = found.find((token) =>
      token.normalized === control.normalized && overlap(control.content, token.content)
    );
    if (plain === undefined) continue;
    throw new AbacusError(
      "bad_model",
      "Cannot read control tokens as text ('split_special_tokens') as the special token " +
        `'${control.content}' overlaps with another added token: received '${plain.content}'`,
    );
  }
}

/** Whether a token can begin inside a control token, or is its beginning. */
function overlap(control: string, token: string): boolean {
  if (token === "") return false;
  if (control.includes(token)) return true;
  for (let at = 1; at < control.length; at++) {
    if (token.startsWith(control.slice(at))) return true;
  }
  return false;
}
