/**
 * Prompts: the first tokens of held-out reviews.
 *
 * As in the IMDb experiment of Chan et al. (ICML 2024, arXiv 2402.00782), where a prompt is the first 2 to 7
 * tokens of a review; here the reviews are those of the fold that neither model was trained on.
 *
 * @module
 */

import { randomStream, shuffle } from "../src/ppo/math/random.ts";
import type { Tokens } from "../src/text/tokenizer.ts";

/** The part of a tokenizer that is used. */
export interface PromptTokenizer {
  encode(
    texts: readonly string[],
    options: { addSpecialTokens: boolean },
  ): Promise<(Tokens | Error)[]>;
}

/** How prompts are cut. */
export interface Cutting {
  /** Minimum tokens of a prompt, without BOS. */
  readonly minTokens: number;
  /** Maximum tokens of a prompt. */
  readonly maxTokens: number;
  /** Prompts per review, all of different lengths. */
  readonly perReview: number;
  /** Random seed of lengths and order. */
  readonly seed: number;
}

/** The experiment's: 200 reviews give up to 800 prompts, fewer if some start alike. */
export const cutting: Cutting = { minTokens: 2, maxTokens: 7, perReview: 4, seed: 1 };

/**
 * Cuts distinct prompts from the beginnings of texts. The tokens of a prompt are exactly the first tokens of
 * its text; cuts that would be tokenised differently on their own are left out.
 */
export async function cutPrompts(
  texts: readonly string[],
  tokenizer: PromptTokenizer,
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

/** All prompts, and the same divided by their reviews. */
export interface DividedPrompts {
  readonly all: readonly string[];
  readonly trained: readonly string[];
  /** No prompt that is trained on begins a review that these are of. */
  readonly heldOut: readonly string[];
}

/** Of so many reviews, one is kept from training. */
const heldOutEvery = 5;

/** Divides prompts by the texts that they begin: those that begin every fifth text are held out. */
export function dividedPrompts(
  prompts: readonly string[],
  texts: readonly string[],
): DividedPrompts {
  const held = texts.filter((_, at) => at % heldOutEvery === 0);
  const begins = (prompt: string) => held.some((text) => text.startsWith(prompt));
  return {
    all: prompts,
    trained: prompts.filter((prompt) => !begins(prompt)),
    heldOut: prompts.filter(begins),
  };
}

/** Prompts as JSON Lines for the trainer. */
export function promptLines(prompts: readonly string[]): string {
  return prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join("");
}

interface Cut {
  readonly text: string;
  readonly ids: Int32Array;
}

/** The first `count` tokens of a text, or all if it is shorter. */
function cut(text: string, { ids, ends }: Tokens, count: number): Cut {
  const end = ends[Math.min(count, ids.length) - 1] ?? 0;
  // Offsets count code points, unlike indices of a string.
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
