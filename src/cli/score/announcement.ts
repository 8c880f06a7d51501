/**
 * The announcement: as what the rows of a file are read, told by its first rows.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Layout } from "./layouts.ts";
import type { RowSource } from "./row.ts";
import { readRowRequest, type RowRequest } from "./row_request.ts";

/** The rows that are looked at. */
const mostRows = 100;

/** As in `rows: prompt with response, as in verl (prompt as messages; response)`. */
export async function announcement(
  source: RowSource,
  layouts: readonly Layout[],
): Promise<string> {
  const seen = new Set<string>();
  let [rows, error] = [0, ""];
  for await (const row of source.rows(0, mostRows)) {
    const request = readRowRequest(row, layouts);
    if (request instanceof AbacusError) error ||= request.message;
    else seen.add(described(request));
    if (++rows >= mostRows) break;
  }
  if (seen.size > 0) return `rows: ${[...seen].join("; ")}`;
  return rows === 0
    ? "rows: there are none"
    : `rows: none of the first ${rows} can be read, such as: ${error}`;
}

function described({ layout, drafts, answer }: RowRequest): string {
  const prompt = drafts[0]?.[0]?.prompt;
  const kind = prompt?.kind === "turns" ? "messages" : prompt?.kind;
  const columns = [
    ...(layout.prompt === undefined ? [] : [layout.prompt]),
    ...(answer === undefined ? layout.pair ?? [] : [answer]),
  ];
  return `${layout.name} (${columns.join(", ")}; scored as ${kind})`;
}
