/**
 * Between the scorer and credit: a tokenised sample as credit methods see it, and the model's outputs
 * in the terms of credit.
 *
 * @module
 */

import type { Answer, CreditInputs } from "../credit/method.ts";
import { stepReductions } from "../credit/step_reductions.ts";
import type { SequenceOutput } from "../engine/engine.ts";
import type { LoadedModel } from "../model/model.ts";
import { once } from "../once.ts";
import type { Span } from "../text/encoding.ts";
import type { DecodedText } from "../text/pieces.ts";
import { pooledPositions } from "../text/pooling.ts";
import type { ReadPart } from "../text/read_part.ts";
import { sentenceSpans } from "../text/sentences.ts";
import type { PlacedUnits } from "../text/units.ts";

/** What {@linkcode creditInputsOf} goes by. */
export interface CreditInputsOptions {
  /** As far as the completion was read. */
  readonly encoding: ReadPart;
  readonly units: PlacedUnits;
  /** The completion's text with the places of its tokens; absent for methods that read none. */
  readonly text?: DecodedText | undefined;
  readonly model: Pick<LoadedModel, "pooling" | "steps">;
}

/** A tokenised sample as credit methods see it. */
export function creditInputsOf(
  { encoding, units, text, model }: CreditInputsOptions,
): CreditInputs {
  const { ids, types, pool, completion, closing, steps: ends } = encoding;
  return {
    ids,
    types,
    pool,
    completion,
    closing,
    units,
    ...(ends === undefined || model.steps === undefined ? {} : {
      steps: {
        places: ends.map(({ at }) => units.unitOf(at - completion[0])),
        reduction: model.steps.reduction,
      },
    }),
    // A method reads them to plan and again to assign.
    sentences: once(() => {
      if (text === undefined) throw new TypeError("Cannot find sentences as no text was asked for");
      return sentenceSpans(text.text, text.offsets.slice(0, completion[1] - completion[0]));
    }),
    without: ([start, end]: Span) => {
      const { pooling } = model;
      // A text that lacked the token at which its score is read could not be scored.
      const stays = (at: number) =>
        typeof pooling === "object" && "named" in pooling && at === pool[0];
      const left = (list: Int32Array) =>
        list.filter((_, at) => at < start || at >= end || stays(at));
      const rest = left(ids);
      const typesOfRest = types === undefined ? {} : { types: left(types) };
      return { ids: rest, ...typesOfRest, pool: pooledPositions(rest, pooling) };
    },
  };
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
