/**
 * Between the scorer and credit: a tokenised sample as credit methods see it, and the model's outputs
 * in the terms of credit.
 *
 * @module
 */

import type { Answer, CompletionSteps, CreditInputs } from "../credit/method.ts";
import type { MethodOptions } from "../credit/options.ts";
import { stepReductions } from "../credit/step_reductions.ts";
import type { SequenceOutput } from "../engine/engine.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Span } from "../text/encoding.ts";
import { pooledPositions } from "../text/pooling.ts";
import type { ReadPart } from "../text/read_part.ts";
import type { PaidTokens } from "../text/paid_tokens.ts";
import type { PlacedUnits } from "../text/units.ts";

/** What a method goes by, and who is paid by what it says. */
export interface PaidInputs extends CreditInputs {
  readonly units: PlacedUnits;
}

/** What {@linkcode creditInputsOf} goes by. */
export interface CreditInputsOptions {
  /** As far as the completion was read. */
  readonly encoding: ReadPart;
  /** The tokens that are paid, and the units that they make up. */
  readonly paid: PaidTokens;
  readonly units: PlacedUnits;
  readonly options: MethodOptions;
  readonly model: Pick<LoadedModel, "pooling" | "steps">;
}

/** A tokenised sample as credit methods see it. */
export function creditInputsOf(
  { encoding, paid, units, options, model }: CreditInputsOptions,
): PaidInputs {
  const { ids, types, pool, completion, closing, steps: ends } = encoding;
  return {
    ids,
    types,
    pool,
    completion,
    closing,
    units,
    options,
    ...(ends === undefined || model.steps === undefined ? {} : {
      steps: stepsOf(ends.map(({ at }) => paid.lastOf(at - completion[0])), {
        units,
        reduction: model.steps.reduction,
      }),
    }),
    without: (gone: readonly Span[]) => {
      const { pooling } = model;
      // A text that lacked the token at which its score is read could not be scored.
      const stays = (at: number) =>
        typeof pooling === "object" && "named" in pooling && at === pool[0];
      const isGone = new Uint8Array(ids.length);
      for (const span of gone) isGone.fill(1, ...span);
      const left = (list: Int32Array) => list.filter((_, at) => isGone[at] === 0 || stays(at));
      const rest = left(ids);
      const typesOfRest = types === undefined ? {} : { types: left(types) };
      return { ids: rest, ...typesOfRest, pool: pooledPositions(rest, pooling) };
    },
  };
}

/** Steps with the units that they end in. @param ends the last paid token of each; -1 for none */
function stepsOf(
  ends: readonly number[],
  { units: { paid }, reduction }: { units: PlacedUnits; reduction: CompletionSteps["reduction"] },
): CompletionSteps {
  const unitOf = paid.flatMap(([start, end], unit) => Array<number>(end - start).fill(unit));
  return { ends, units: ends.map((end) => unitOf[end] ?? -1), reduction };
}

/**
 * What an output says.
 *
 * @throws {AbacusError} `model_failure` where a logit is not finite
 */
export function answerOf(
  { logits, rowLogits, measured }: SequenceOutput,
  model: Pick<LoadedModel, "score" | "steps" | "dimensions">,
): Answer {
  const rowScores = scoresOf(rowLogits, model);
  if (model.steps === undefined) return { score: model.score(logits), rowScores, measured };
  const stepScores = scoresOf(logits, model);
  const { score } = stepReductions[model.steps.reduction];
  return { score: score(stepScores), stepScores, rowScores, measured };
}

/** The score of each row of logits. */
function scoresOf(
  logits: Float32Array,
  { score, dimensions: { labels } }: Pick<LoadedModel, "score" | "dimensions">,
): Float64Array {
  return Float64Array.from(
    { length: logits.length / labels },
    (_, row) => score(logits.subarray(row * labels, (row + 1) * labels)),
  );
}
