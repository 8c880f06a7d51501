/**
 * Section: a part of the write-up, which is text and the drawings that belong to it.
 *
 * @module
 */

import { colours, type Line } from "../figures.ts";
import { bandOf, type Group } from "../groups.ts";
import type { Column } from "../series.ts";

/** A part of the write-up. */
export interface Section {
  /** The one or two sentences that a hurried reader should have. */
  readonly claims: readonly string[];
  /** Markdown. */
  readonly lines: readonly string[];
  /** From the name of a file to its SVG. */
  readonly figures: Readonly<Record<string, string>>;
}

/** A section of a phase of which no run is over. */
export function notRun(title: string): Section {
  return { claims: [], lines: [`## ${title}`, "", "Not run yet.", ""], figures: {} };
}

/**
 * What KL is worth where sampling keeps the end of the text back and log-probabilities count it all the
 * same (`--forbidden-end counted`), as TRL does.
 */
export const suppressedEnd = [
  "Where the end of the text is not allowed yet, it is kept back in sampling alone: the probabilities of",
  "which KL is estimated are those of a policy that might end. One that would rather end gives less to",
  "every token that it is made to write, so that its KL is estimated too low, can fall below zero, and is",
  "then paid for instead of charged.",
];

/** A figure in Markdown, with what those are told who do not see it. */
export function picture(file: string, alt: string): string[] {
  return [`![${alt}](experiment/${file})`, ""];
}

/** A list in Markdown. */
export function bullets(sentences: readonly string[]): string[] {
  return [...sentences.map((sentence) => `- ${sentence}`), ""];
}

/** The mean of a column over the steps, with one standard deviation over the seeds around it. */
export function linesOf(groups: readonly Group[], column: Column): Line[] {
  return groups.map((group) => ({
    name: group.name,
    colour: colours[group.arm.method] ?? "#000000",
    points: bandOf(group, column).map(({ step, mean, sd }) => ({ x: step, y: mean, spread: sd })),
  }));
}
