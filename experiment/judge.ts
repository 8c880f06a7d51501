/**
 * Judge: a second opinion on what a policy writes, from a model that no policy was trained against.
 *
 * A policy can raise its reward by writing better, or by writing what the reward model overrates. The
 * judge is a linear model of words and pairs of words; it has learned from texts of the same kind as
 * the reward model, but knows nothing of word order beyond pairs and is nobody's gradient. Where the
 * reward goes on rising and the judge does not follow, the reward model is being exploited.
 *
 * @module
 */

import { randomStream, shuffle } from "../src/ppo/math/random.ts";
import type { Corpus, LabelledText } from "./corpus.ts";

/** Constants of the training. */
const training = {
  /** Grams that fewer texts hold are not learned. */
  minTexts: 2,
  /** Added to both counts of a gram before their ratio is taken. */
  smoothing: 1,
  /** Naive Bayes takes words for independent and is far too sure; this much of it is the start. */
  damping: 0.35,
  epochs: 6,
  learningRate: 0.5,
  seed: 1,
};

/** Of how many texts of each kind, which share has the right sign. */
export interface JudgeAccuracy {
  readonly snippets: number;
  readonly reviews: number;
}

/** Words and pairs of words, each with a weight; adding them up gives the log-odds of praise. */
export class Judge {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #model: Linear;

  private constructor(vocabulary: ReadonlyMap<string, number>, model: Linear) {
    this.#vocabulary = vocabulary;
    this.#model = model;
  }

  /**
   * Learns from texts by logistic regression that starts at naive Bayes: a gram's first weight says how
   * unevenly pans and praise hold it, and the regression adjusts that (after Wang and Manning,
   * "Baselines and Bigrams", ACL 2012). The same texts give the same judge, bit for bit.
   */
  static train(texts: readonly LabelledText[]): Judge {
    const documents = texts.map(({ lines }) => gramsOf(lines.join(" ")));
    const vocabulary = vocabularyOf(documents);
    const examples = documents.map((grams, at) => ({
      grams: placesOf(grams, vocabulary),
      label: texts[at]!.label,
    }));
    return new Judge(vocabulary, regress(examples, logRatios(examples, vocabulary.size)));
  }

  /** The log-odds that the text is praise: above 0 it rather is, below 0 it rather is not. */
  score(text: string): number {
    return logOdds(this.#model, placesOf(gramsOf(text), this.#vocabulary));
  }

  /** How often it is right on texts, 0 to 1. */
  accuracyOn(texts: readonly LabelledText[]): number {
    const right = texts.filter(({ lines, label }) =>
      (this.score(lines.join(" ")) > 0) === (label === 1)
    );
    return right.length / texts.length;
  }
}

/** A judge trained on the training part of both corpora, and how it does on the held-out part. */
export function trainJudge(
  { reviews, snippets }: Corpus,
): { judge: Judge; accuracy: JudgeAccuracy } {
  const judge = Judge.train([...snippets.train, ...reviews.train]);
  const accuracy = {
    snippets: judge.accuracyOn(snippets.heldOut),
    reviews: judge.accuracyOn(reviews.heldOut),
  };
  return { judge, accuracy };
}

/** The different words and pairs of neighbours of a text, case and spacing aside. */
export function gramsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?|[.,;:!?]/gu) ?? [];
  const pairs = words.slice(1).map((word, at) => `${words[at]} ${word}`);
  return [...new Set([...words, ...pairs])];
}

interface Linear {
  readonly weights: Float64Array; // [grams]
  readonly bias: number;
}

interface Example {
  /** Places in the vocabulary. */
  readonly grams: Int32Array;
  readonly label: 0 | 1;
}

/** The place of each gram that enough texts hold, in the order in which they first occur. */
function vocabularyOf(documents: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const grams of documents) {
    for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  const kept = [...counts].filter(([, count]) => count >= training.minTexts);
  return new Map(kept.map(([gram], place) => [gram, place]));
}

function placesOf(grams: readonly string[], vocabulary: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from(grams.flatMap((gram) => vocabulary.get(gram) ?? []));
}

/** For each gram the logarithm of how much likelier a text of praise holds it than a pan. */
function logRatios(examples: readonly Example[], size: number): Float64Array {
  const counts = [0, 1].map(() => new Float64Array(size).fill(training.smoothing));
  for (const { grams, label } of examples) {
    for (const gram of grams) counts[label]![gram]!++;
  }
  const [pans, praise] = counts as [Float64Array, Float64Array];
  const totals = counts.map((each) => each.reduce((total, count) => total + count, 0));
  return praise.map((count, gram) =>
    Math.log(count / totals[1]!) - Math.log(pans[gram]! / totals[0]!)
  );
}

/** Adjusts damped ratios by stochastic gradient descent on the log-loss. */
function regress(examples: readonly Example[], ratios: Float64Array): Linear {
  const weights = ratios.map((ratio) => training.damping * ratio);
  let bias = 0;
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const rate = training.learningRate / (1 + epoch);
    const random = randomStream({ seed: training.seed, step: epoch, purpose: "judge" });
    for (const { grams, label } of shuffle(random, examples)) {
      const error = label - 1 / (1 + Math.exp(-logOdds({ weights, bias }, grams)));
      // A long text has many grams to share the blame, so each of them moves less.
      const step = rate * error / Math.max(1, grams.length);
      bias += step;
      for (const gram of grams) weights[gram]! += step;
    }
  }
  return { weights, bias };
}

function logOdds({ weights, bias }: Linear, grams: Int32Array): number {
  return grams.reduce((total, gram) => total + weights[gram]!, bias);
}
