/**
 * Measures every credit method at every unit on texts where the truth is known, and prints tables.
 *
 *     deno task bench:credit --help
 *
 * Each section says in its file what it measures. Those of files are there only if the file is: `--real` has real
 * texts (`real_texts.ts`), `--marked` words that people marked (`marked.ts`), and `--groups` completions of the
 * policy that is to be trained (`prompt_groups.ts`).
 *
 * @module
 */

import { runTask } from "../../../src/cli/task.ts";
import { AbacusError } from "../../../src/errors.ts";
import { markedTexts } from "./marked.ts";
import { negationsOf } from "./negations.ts";
import { plantedTexts } from "./planted.ts";
import { promptGroups } from "./prompt_groups.ts";
import { realTexts } from "./real_texts.ts";
import { additive } from "./sections/additive.ts";
import { cost } from "./sections/cost.ts";
import { curves } from "./sections/curves.ts";
import { marked } from "./sections/marked.ts";
import { noise } from "./sections/noise.ts";
import { planted } from "./sections/planted.ts";
import { openSubject, type Subject } from "./subject.ts";
import { choicesOf, fileFlags, type Flags, type SectionName, sectionNames, task } from "./task.ts";
import type { Row } from "./ways.ts";

/** Curves take many scores of each text. */
const CURVED_TEXTS = 24;

/** What measures a section; undefined where its file was not given. */
type Section = ((subject: Subject) => Promise<Row[]>) | undefined;

function sectionsOf(flags: Flags): Readonly<Record<SectionName, Section>> {
  const choices = choicesOf(flags);
  return {
    planted: (subject) => planted(subject, choices),
    negations: async (subject) => [{ model: subject.name, ...await negationsOf(subject) }],
    curves(subject) {
      const texts = plantedTexts(Math.min(choices.count, CURVED_TEXTS), 11).map(({ text }) => text);
      return curves(subject, texts, choices);
    },
    "real curves": given(
      flags.real,
      async (path, subject) => curves(subject, await realTexts(path, choices), choices),
    ),
    cost: (subject) => cost(subject, choices),
    marked: given(
      flags.marked,
      async (path, subject) => marked(subject, await markedTexts(path, choices), choices),
    ),
    noise: given(
      flags.groups,
      async (path, subject) => noise(subject, await promptGroups(path, choices.count), choices),
    ),
    additive: () => additive(choices),
  };
}

await runTask(task, async ({ flags }) => {
  const sections = sectionsOf(flags);
  const names = sectionsAsked(flags.only, sections);
  await using subject = await openSubject(flags.model);
  const found: Record<string, Row[]> = {};
  for (const name of names) {
    found[name] = await sections[name]!(subject);
    write(tableOf(name, found[name]));
  }
  if (flags.out !== undefined) {
    await Deno.writeTextFile(flags.out, JSON.stringify(found, null, 1) + "\n");
  }
});

function given(
  path: string | undefined,
  measure: (path: string, subject: Subject) => Promise<Row[]>,
): Section {
  return path === undefined ? undefined : (subject) => measure(path, subject);
}

function sectionsAsked(
  only: SectionName | undefined,
  sections: Readonly<Record<SectionName, Section>>,
): SectionName[] {
  if (only === undefined) return sectionNames.filter((name) => sections[name] !== undefined);
  if (sections[only] !== undefined) return [only];
  throw new AbacusError(
    "bad_usage",
    `Cannot measure ${only} as ${fileFlags[only]} is missing, whose texts it is of`,
  );
}

function tableOf(name: string, rows: readonly Row[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    line(keys),
    line(keys.map((_, i) => i < 2 ? "---" : "---:")),
    ...rows.map((row) => line(keys.map((key) => shown(row[key]!)))),
  ];
  return `\n## ${name}\n\n${lines.join("\n")}\n`;
}

function shown(value: string | number): string {
  if (typeof value === "string" || Number.isInteger(value)) return String(value);
  return Number.isFinite(value) ? value.toFixed(3) : "-";
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
