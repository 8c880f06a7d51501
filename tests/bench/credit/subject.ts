/**
 * Subject: a model whose credit is measured, asked through the scorer that serves requests.
 *
 * @module
 */

import { Batcher } from "../../../src/batch/batcher.ts";
import { loadModel } from "../../../src/model/load_model.ts";
import type { CreditRequest } from "../../../src/scorer/scored_credit.ts";
import type { ScoredCompletion, ScoreSample } from "../../../src/scorer/scored.ts";
import { createScorer } from "../../../src/scorer/scorer.ts";

/** Texts of one call, so that no call plans more than a request may. */
const PER_CALL = 8;

/** What texts cost. */
export interface Cost {
  /** Tokens of all texts that were asked about, and those that were computed. */
  readonly tokens: number;
  readonly computedTokens: number;
  readonly seconds: number;
}

/** A loaded model. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  /** The credit methods that it can be asked for. */
  readonly methods: readonly string[];
  /** The credit of samples, or of texts as completions without a prompt, in their order. */
  credit(samples: readonly (ScoreSample | string)[], credit: CreditRequest): Promise<Credited>;
  /** The scores of samples. */
  scores(samples: readonly ScoreSample[]): Promise<number[]>;
}

/** Completions with their credit, and its cost. */
export interface Credited {
  readonly completions: readonly ScoredCompletion[];
  readonly cost: Cost;
}

/** Loads the model of a directory, on the CPU. */
export async function openSubject(directory: string): Promise<Subject> {
  const model = await loadModel(directory, { device: "cpu" });
  const scorer = createScorer(model, new Batcher(model.engine));
  const run = async (samples: readonly ScoreSample[], credit: CreditRequest): Promise<Credited> => {
    const started = performance.now();
    const completions: ScoredCompletion[] = [];
    let [tokens, computedTokens] = [0, 0];
    for (let at = 0; at < samples.length; at += PER_CALL) {
      const some = samples.slice(at, at + PER_CALL);
      const scored = await scorer.score({ samples: some, credit, truncation: "none" });
      completions.push(...scored.completions);
      tokens += scored.cost.tokens;
      computedTokens += scored.cost.computedTokens;
    }
    const seconds = (performance.now() - started) / 1_000;
    return { completions, cost: { tokens, computedTokens, seconds } };
  };
  return {
    name: model.name,
    methods: scorer.facts.methods.map(({ name }) => name),
    credit: (samples, credit) =>
      run(
        samples.map((each) =>
          typeof each === "string" ? { kind: "plain", prompt: "", completion: each } : each
        ),
        credit,
      ),
    async scores(samples) {
      const { completions } = await run(samples, { method: "terminal", beta: 1 });
      return completions.map(({ score }) => score);
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
