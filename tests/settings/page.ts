/**
 * The page of all settings, docs/settings.md, made of the schema that reads them.
 *
 * @module
 */

import { commands } from "../../src/cli/commands.ts";
import { helpOf, type SettingName } from "../../src/settings.ts";

/** Where the page is. */
export const pagePath: URL = new URL("../../docs/settings.md", import.meta.url);

/** The page: one table per command that has settings. */
export async function settingsPage(): Promise<string> {
  const sections = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { settings } = await load();
      return settings.length === 0 ? [] : section(name, summary, settings);
    }),
  );
  return `${[...introduction, ...sections.flat()].join("\n")}\n`;
}

const introduction = [
  "<!-- Made by `deno run -A tests/settings/write.ts`. -->",
  "",
  "# Settings",
  "",
  "Each setting is a flag and an environment variable: `--max-queue` is `ABACUS_MAX_QUEUE`. The flag goes before",
  "the variable, and the variable before the default. A switch is turned off with `--no-` before its name, and by",
  "`false` in its variable. A value that does not fit is refused at the start, with what was expected.",
];

function section(name: string, summary: string, settings: readonly SettingName[]): string[] {
  const rows = settings.map((setting) => {
    const { flag, value, fallback = "off", description } = helpOf(setting);
    const spelt = value === undefined ? flag : `${flag} ${value}`;
    return `| \`${spelt}\` | ${cell(shown(fallback))} | ${cell(description)} |`;
  });
  return [
    "",
    `## ${name}`,
    "",
    `${capital(summary)}.`,
    "",
    "| flag | default | meaning |",
    "| --- | --- | --- |",
    ...rows,
  ];
}

/** Directories of this machine are none of the reader's. */
function shown(fallback: string): string {
  return fallback.startsWith("/") ? fallback.slice(fallback.lastIndexOf("/") + 1) : fallback;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
