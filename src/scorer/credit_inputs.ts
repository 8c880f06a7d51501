/**
 * Between the scorer and credit: a tokenised sample as credit methods see it, and the model's outputs
 * in the terms of credit.
 *
 * @module
 */

import type { Answer, CreditInputs, Units } from "../credit/method.ts";
import type { SequenceOutput } from "../engine/engine.ts";
import type { LoadedModel } from "../model/model.ts";
import { once } from "../once.ts";
import type { Span } from "../text/encoding.ts";
import type { DecodedText } from "../text/pieces.ts";
import { pooledPositions } from "../text/pooling.ts";
import type { ReadPart } from "../text/read_part.ts";
import { sentenceSpans } from "../text/sentences.ts";

/** What {@linkcode creditInputsOf} goes by. */
export interface CreditInputsOptions {
  /** As far as the completion was read. */
  readonly encoding: ReadPart;
  readonly units: Units;
  /** The completion's text with the places of its tokens; absent for methods that read none. */
  readonly text?: DecodedText | undefined;
  readonly model: Pick<LoadedModel, "pooling">;
}

/** A tokenised sample as credit methods see it. */
export function creditInputsOf(
  { encoding, units, text, model: { pooling } }: CreditInputsOptions,
): CreditInputs {
  const { ids, types, pool, completion, closing } = encoding;
  return {
    ids,
    types,
    pool,
    completion,
    closing,
    units,
    // A method reads them to plan and again to assign.
    sentences: once(() => {
      if (text === undefined) throw new TypeError("Cannot find sentences as no text was asked for");
      return sentenceSpans(text.text, text.offsets.slice(0, completion[1] - completion[0]));
    }),
    without: ([start, end]: Span) => {
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
  model: Pick<LoadedModel, "score">,
): Answer {
  const labels = logits.length;
  const rowScores = Float64Array.from(
    { length: rowLogits.length / labels },
    (_, row) => model.score(rowLogits.subarray(row * labels, (row + 1) * labels)),
  );
  return { score: model.score(logits), rowScores, measured };
}
