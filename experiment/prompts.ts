/**
 * Prompts: the beginnings of held-out reviews, which the policy is asked to go on with.
 *
 * As in the IMDb experiment of Chan et al. (ICML 2024, arXiv 2402.00782), where a prompt is the first
 * 2 to 7 tokens of a review; here the reviews are those of the fold that neither model has seen.
 *
 * @module
 */

import { randomStream, shuffle } from "../src/ppo/math/random.ts";
import type { Tokens } from "../src/text/tokenizer.ts";

/** The part of a tokenizer that is needed. */
export interface Encoder {
  encode(
    texts: readonly string[],
    options: { addSpecialTokens: boolean },
  ): Promise<(Tokens | Error)[]>;
}

/** How prompts are cut. */
export interface Cutting {
  /** Fewest tokens of a prompt, without the one that begins every text. */
  readonly minTokens: number;
  /** Most tokens of a prompt. */
  readonly maxTokens: number;
  /** How many prompts each review gives, all of different lengths. */
  readonly perReview: number;
  /** Which lengths, and the order of all. */
  readonly seed: number;
}

/** What the experiment uses: 200 reviews give up to 800 prompts, fewer where they begin alike. */
export const cutting: Cutting = { minTokens: 2, maxTokens: 7, perReview: 4, seed: 1 };

/**
 * Cuts prompts off the beginnings of texts.
 *
 * Each prompt's own tokens are exactly the text's first ones: a cut that would be read as other tokens
 * by itself is left out. No prompt occurs twice.
 */
export async function cutPrompts(
  texts: readonly string[],
  tokenizer: Encoder,
  { minTokens, maxTokens, perReview, seed }: Cutting = cutting,
): Promise<string[]> {
  const random = randomStream({ seed, step: 0, purpose: "prompts" });
  const lengths = Array.from({ length: maxTokens - minTokens + 1 }, (_, at) => minTokens + at);
  const wholes = tokensOf(await tokenizer.encode(texts, { addSpecialTokens: false }));
  const cuts = texts.flatMap((text, at) =>
    shuffle(random, lengths).slice(0, perReview).map((count) => cut(text, wholes[at]!, count))
  );
  const alone = tokensOf(
    await tokenizer.encode(cuts.map(({ text }) => text), { addSpecialTokens: false }),
  );
  const faithful = cuts.filter(({ ids }, at) => sameIds(ids, alone[at]!.ids));
  return shuffle(random, [...new Set(faithful.map(({ text }) => text))]);
}

/** Prompts as the trainer reads them: one JSON object a line. */
export function promptLines(prompts: readonly string[]): string {
  return prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join("");
}

interface Cut {
  readonly text: string;
  readonly ids: Int32Array;
}

/** The first `count` tokens of a text, all of it where it is shorter. */
function cut(text: string, { ids, ends }: Tokens, count: number): Cut {
  const end = ends[Math.min(count, ids.length) - 1] ?? 0;
  // Offsets count code points, which a string's own indices do not.
  return {
    text: Array.from(text.slice(0, 2 * end)).slice(0, end).join(""),
    ids: ids.slice(0, count),
  };
}

function tokensOf(results: readonly (Tokens | Error)[]): Tokens[] {
  return results.map((result) => {
    if (result instanceof Error) throw result;
    return result;
  });
}

function sameIds(left: Int32Array, right: Int32Array): boolean {
  return left.length === right.length && left.every((id, at) => id === right[at]);
}
