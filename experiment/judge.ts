/**
 * Judge: a second opinion on completions, from a model that no policy was trained against.
 *
 * A policy can raise its reward by better texts, or by texts that the reward model overrates. The judge is a
 * linear model of words and word pairs, trained on the same kind of texts as the reward model. If the reward
 * rises and the judge's score does not follow, the reward model is being exploited.
 *
 * @module
 */

import { randomStream, shuffle } from "../src/ppo/math/random.ts";
import type { Corpus, LabelledText } from "./corpus.ts";

/** Constants of the training. */
const training = {
  /** Grams in fewer texts are ignored. */
  minTexts: 2,
  /** Added to both counts of a gram before taking their ratio. */
  smoothing: 1,
  /** Scale of the initial naive Bayes weights, which are overconfident as words are not independent. */
  damping: 0.35,
  epochs: 6,
  learningRate: 0.5,
  seed: 1,
};

/** The share of held-out texts with the right sign. */
export interface JudgeAccuracy {
  readonly snippets: number;
  readonly reviews: number;
}

/** A weight per word and word pair; their sum is the log-odds of a positive text. */
export class Judge {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #model: Linear;

  private constructor(vocabulary: ReadonlyMap<string, number>, model: Linear) {
    this.#vocabulary = vocabulary;
    this.#model = model;
  }

  /**
   * Trains logistic regression that starts at naive Bayes: the initial weight of a gram is the log-ratio of its
   * frequencies in positive and negative texts (after Wang and Manning, "Baselines and Bigrams", ACL 2012).
   * The same texts give the same judge, bit for bit.
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

  /** The log-odds that the text is positive. */
  score(text: string): number {
    return logOdds(this.#model, placesOf(gramsOf(text), this.#vocabulary));
  }

  /** The share of texts that it classifies correctly. */
  accuracyOn(texts: readonly LabelledText[]): number {
    const right = texts.filter(({ lines, label }) =>
      (this.score(lines.join(" ")) > 0) === (label === 1)
    );
    return right.length / texts.length;
  }
}

/** Trains a judge on both corpora, and measures it on their held-out texts. */
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

/** The distinct words and pairs of adjacent words of a text, in lower case. */
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
  /** Indices in the vocabulary. */
  readonly grams: Int32Array;
  readonly label: 0 | 1;
}

/** The index of each gram that is in enough texts, in the order of first occurrence. */
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

/** For each gram, the log-ratio of its frequencies in positive and negative texts. */
function logRatios(examples: readonly Example[], size: number): Float64Array {
  const counts = [0, 1].map(() => new Float64Array(size).fill(training.smoothing));
  for (const { grams, label } of examples) {
    for (const gram of grams) counts[label]![gram]!++;
  }
  const [negative, positive] = counts as [Float64Array, Float64Array];
  const totals = counts.map((each) => each.reduce((total, count) => total + count, 0));
  return positive.map((count, gram) =>
    Math.log(count / totals[1]!) - Math.log(negative[gram]! / totals[0]!)
  );
}

/** Stochastic gradient descent on the log-loss, from damped log-ratios. */
function regress(examples: readonly Example[], ratios: Float64Array): Linear {
  const weights = ratios.map((ratio) => training.damping * ratio);
  let bias = 0;
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const rate = training.learningRate / (1 + epoch);
    const random = randomStream({ seed: training.seed, step: epoch, purpose: "judge" });
    for (const { grams, label } of shuffle(random, examples)) {
      const error = label - 1 / (1 + Math.exp(-logOdds({ weights, bias }, grams)));
      // Normalised by the number of grams, so that long texts do not dominate.
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
