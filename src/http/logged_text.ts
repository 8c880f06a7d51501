/**
 * The texts of a request as far as the log has them, where it is told to: the first few, each cut short.
 *
 * @module
 */

import type { ScoreSample } from "../scorer/scored.ts";

/** The most texts of one line. */
const maxTexts = 4;

/** The most code units of one text. */
const maxLength = 500;

/** A prompt with its completion, as far as they are logged. */
export interface LoggedText {
  readonly prompt: string;
  readonly completion: string;
}

/** The first texts of a request. Ids are no text and left out; of a conversation the last message is logged. */
export function loggedText(samples: readonly ScoreSample[]): readonly LoggedText[] {
  return samples.slice(0, maxTexts).flatMap((sample) => {
    if (sample.kind === "ids") return [];
    const prompt = sample.kind === "plain" ? sample.prompt : said(sample.messages.at(-1));
    // Of a prompt the end is what the completion answers.
    return { prompt: cut(prompt, { end: true }), completion: cut(sample.completion) };
  });
}

/** Messages of other forms, such as lists of parts, are logged as JSON. */
function said(message: { readonly content?: unknown } | undefined): string {
  const content = message?.content ?? "";
  return typeof content === "string" ? content : JSON.stringify(content);
}

function cut(text: string, { end = false } = {}): string {
  if (text.length <= maxLength) return text;
  return end ? `…${text.slice(-maxLength)}` : `${text.slice(0, maxLength)}…`;
}
