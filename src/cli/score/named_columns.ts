/**
 * Named columns: those that flags name in place of the ones that are recognised.
 *
 * @module
 */

import { helpOf, type Settings } from "../../settings.ts";
import { nearest } from "../../spelling.ts";
import type { NamedColumns } from "./layouts.ts";
import { cannotScore, type Survey } from "./row.ts";

/** The settings that name columns. */
export const columnSettings = ["promptColumn", "completionColumn", "messagesColumn"] as const;

type ColumnSettings = Pick<Settings, typeof columnSettings[number]>;

/**
 * The columns that the settings name.
 *
 * @throws {AbacusError} `bad_usage` where two of them would be the prompt, or one would be both
 */
export function namedColumns(settings: ColumnSettings): NamedColumns {
  const { promptColumn: prompt, completionColumn: completion, messagesColumn: messages } = settings;
  const asked = prompt ?? messages;
  if (prompt !== undefined && messages !== undefined) {
    throw cannotScore(
      "the prompt is in one column, whether as text or as messages",
      `--prompt-column ${prompt} and --messages-column ${messages}`,
    );
  }
  if (asked !== undefined && asked === completion) {
    throw cannotScore("a column is the prompt or its completion", `${asked} for both`);
  }
  return { prompt, completion, messages };
}

/**
 * Checks that some row has each of them: a column that none has was misspelt.
 *
 * @throws {AbacusError} `bad_usage`
 */
export function requireColumns(settings: ColumnSettings, { columns }: Survey): void {
  for (const name of columnSettings) {
    const column = settings[name];
    if (column === undefined || columns.includes(column)) continue;
    const meant = nearest(column, columns);
    const hint = meant === undefined ? "" : ` (did you mean '${meant}'?)`;
    throw cannotScore(`no row has a column of that name${hint}`, `${helpOf(name).flag} ${column}`);
  }
}
