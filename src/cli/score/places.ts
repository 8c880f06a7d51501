/**
 * Places: where in the row a part of an item came from, so that an error names the row's own column.
 *
 * @module
 */

import type { Draft } from "./answers.ts";
import type { Turn } from "./turns.ts";

/** The answers of one item. */
export interface Origin {
  readonly form: "one" | "several" | "pair";
  readonly drafts: readonly Draft[];
}

/** The place in the row of a path inside the item, as in `conversations[1].value`. */
export function placeIn(path: string, { form, drafts }: Origin): string {
  const [, field = "", at, rest = ""] = /^(\w+)(?:\[(\d+)\])?(.*)$/.exec(path) ?? [];
  const index = Number(at ?? NaN);
  const prompt = drafts[0]?.prompt;
  switch (field) {
    case "completions":
    case "completion_ids":
      return `${drafts[index]?.place ?? drafts[0]?.place ?? field}${rest}`;
    case "messages": {
      const turn = prompt?.kind === "turns" ? prompt.turns[index] : undefined;
      return turn === undefined ? prompt?.place ?? field : placeInTurn(turn, rest);
    }
    case "prompt":
      return prompt?.place ?? field;
    case "prompt_ids":
      return `${prompt?.place ?? field}${at === undefined ? "" : `[${at}]`}${rest}`;
    case "token_spans":
      return form === "one" ? `${field}${rest}` : path;
    default:
      return path;
  }
}

/** A turn of the row's own making has a column, and no keys. */
function placeInTurn({ place, names }: Turn, rest: string): string {
  if (names.content === "") return place;
  const [, key = "", more = ""] = /^\.?(\w*)(.*)$/.exec(rest) ?? [];
  const name = key === "role" || key === "content" ? names[key] : key;
  return name === "" ? `${place}${more}` : `${place}.${name}${more}`;
}
