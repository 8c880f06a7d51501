/**
 * Same model: whether several reward servers give the same scores. They are compared by what they say of their
 * models, and by the scores of a few texts, which tell apart what says the same of itself, as prebuilt graphs may.
 *
 * @module
 */

import type { ModelFacts, RewardClient } from "../../client/mod.ts";
import { AbacusError } from "../../errors.ts";

/** A server's model, with the scores of the probes. */
export interface ServedModel {
  readonly url: string;
  readonly model: ModelFacts;
  readonly scores: readonly number[];
}

/** What has to be the same of models whose scores are the same. */
const compared = [
  "id",
  "architecture",
  "base",
  "members",
  "parameters",
  "weights_digest",
  "vocabulary",
  "tokenizer_digest",
  "head",
  "pooling",
  "task",
  "input",
  "score_rule",
  "normalization",
  "close",
  "dtype",
] as const satisfies readonly (keyof ModelFacts)[];

/** A prompt with completions that any model of text can score. */
const probes = {
  prompt: "The film was",
  completions: [
    " a delight, from its first scene to its last.",
    " dull.",
    " 3 hours long\nand in colour",
  ],
};

/**
 * How far scores may differ, of what the largest is: kernels and devices round differently, in half precision
 * by more.
 */
const tolerances: Readonly<Record<string, number>> = { float32: 1e-3, float64: 1e-3 };
const HALF = 3e-2;

/** Scores of a few texts. @throws {RewardClientError} */
export async function probe(client: RewardClient, model: ModelFacts): Promise<number[]> {
  // A model may be read at a token that closes its texts.
  const close = model.close === "none" && model.closes.includes("eos") ? "eos" : undefined;
  const credit = { method: model.credit_methods[0]!.name } as { method: "abc" };
  const { items: [item] } = await client.score([probes], { close, credit });
  return item!.completions.map(({ score }) => score);
}

/** @throws {AbacusError} `bad_usage` naming the servers, and what differs */
export function expectSameModel(served: readonly ServedModel[]): void {
  const [first] = served;
  for (const other of served.slice(1)) {
    const found = compared.map((name) =>
      [name, JSON.stringify(first!.model[name]), JSON.stringify(other.model[name])] as const
    ).find(([, a, b]) => a !== b);
    if (found !== undefined) throw different(first!, other, found);
    if (areNear(first!, other)) continue;
    const shown = ({ scores }: ServedModel) => scores.map((score) => score.toFixed(4)).join(", ");
    throw different(first!, other, ["scores of the same texts", shown(first!), shown(other)]);
  }
}

function areNear({ model, scores }: ServedModel, { scores: others }: ServedModel): boolean {
  const largest = Math.max(1, ...scores.map(Math.abs));
  const most = (tolerances[model.dtype] ?? HALF) * largest;
  return scores.every((score, i) => Math.abs(score - others[i]!) <= most);
}

function different(
  first: ServedModel,
  other: ServedModel,
  [what, one, another]: readonly [what: string, string | undefined, string | undefined],
): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot train by several reward servers as ${first.url} and ${other.url} have other ${what}: ` +
      `received ${one} and ${another}`,
  );
}
