/**
 * A row that is a line of JSON. It is written again as the line that it is.
 *
 * @module
 */

import { JsonTextFault, readObjectText } from "./json_text.ts";
import { type Row, UnreadableRow } from "./row.ts";

/** Reads a line. @param line its number in the file, for the error */
export function jsonRow(text: string, line: number): Row | UnreadableRow {
  try {
    const { members, opened } = readObjectText(text);
    return {
      has: (column) => (members.get(column) ?? "null") !== "null",
      columns: () => members.keys(),
      text: (column) => members.get(column),
      line: (gained) => joined(opened, JSON.stringify(gained)),
    };
  } catch (error) {
    if (!(error instanceof JsonTextFault)) throw error;
    return new UnreadableRow(error.message, { received: text, line });
  }
}

/**
 * One object of two.
 *
 * @param opened the first, up to its closing brace
 */
export function joined(opened: string, other: string): string {
  if (other === "{}") return `${opened}}`;
  const separator = opened.trimEnd() === "{" ? "" : ",";
  return `${opened}${separator}${other.slice(1)}`;
}
