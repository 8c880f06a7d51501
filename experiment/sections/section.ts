/**
 * Section: a part of the write-up, with its text and figures.
 *
 * @module
 */

import { colours, type Line } from "../figures.ts";
import { bandOf, type Group } from "../groups.ts";
import type { Column } from "../series.ts";

/** A part of the write-up. */
export interface Section {
  /** Sentences for the summary. */
  readonly claims: readonly string[];
  /** Markdown. */
  readonly lines: readonly string[];
  /** SVGs by file name. */
  readonly figures: Readonly<Record<string, string>>;
}

/** A section of a phase without finished runs. */
export function notRun(title: string): Section {
  return { claims: [], lines: [`## ${title}`, "", "Not run yet.", ""], figures: {} };
}

/**
 * The effect on KL if sampling forbids EOS and log-probabilities count it (`--forbidden-end counted`), as in TRL.
 */
export const suppressedEnd = [
  "Where EOS is not allowed yet, only sampling excludes it: the log-probabilities from which KL is estimated",
  "are those of a policy that could end. A policy that wants EOS gives lower probabilities to the tokens it",
  "has to write instead, so that its KL is underestimated, can fall below zero, and is then rewarded instead",
  "of penalised.",
];

/** A figure in Markdown, with its alternative text. */
export function picture(file: string, alt: string): string[] {
  return [`![${alt}](experiment/${file})`, ""];
}

/** A list in Markdown. */
export function bullets(sentences: readonly string[]): string[] {
  return [...sentences.map((sentence) => `- ${sentence}`), ""];
}

/** The mean of a column by step, with one standard deviation over seeds. */
export function linesOf(groups: readonly Group[], column: Column): Line[] {
  return groups.map((group) => ({
    name: group.name,
    colour: colours[group.arm.method] ?? "#000000",
    points: bandOf(group, column).map(({ step, mean, sd }) => ({ x: step, y: mean, spread: sd })),
  }));
}
