/**
 * A request as samples: one per completion, each with its place in the request, so that errors can
 * say where.
 *
 * @module
 */

import type { AbacusError } from "./errors.ts";
import type { Span } from "./text/encoding.ts";
import type { Sample } from "./text/sample.ts";
import type { RewardItem, RewardRequest } from "./wire/request.ts";

/** One completion of a request. */
export interface PlacedSample {
  /** Its prompt and completion. */
  readonly sample: Sample;
  /** The caller's own tokens, if it gave any. */
  readonly spans?: readonly Span[] | undefined;
  /** Index of its item in the request. */
  readonly item: number;
  /** Index of the completion in its item. */
  readonly completion: number;
}

/** Every completion of the request, in its order. */
export function samplesOf({ items }: Pick<RewardRequest, "items">): PlacedSample[] {
  return items.flatMap((entry, item) =>
    completionsOf(entry).map(({ sample, spans }, completion) => ({
      sample,
      spans,
      item,
      completion,
    }))
  );
}

/**
 * An error about one completion, with its path made one of the request: `completion_ids[7]` of the
 * sample is `items[0].completion_ids[2][7]` of the request. What concerns the request as a whole, such
 * as a deadline, keeps no path.
 */
export function placeError(
  error: AbacusError,
  { sample, item, completion }: PlacedSample,
): AbacusError {
  if (!aboutOneSample.has(error.kind)) return error;
  const whole = sample.kind === "ids" ? "completion_ids" : "completion";
  const [, field = whole, rest = ""] = /^(\w+)(.*)$/.exec(error.path ?? whole) ?? [];
  const list = listOf.get(field);
  const path = list === undefined
    ? `items[${item}].${field}${rest}`
    : `items[${item}].${list}[${completion}]${rest}`;
  return error.with({ path });
}

const aboutOneSample: ReadonlySet<string> = new Set([
  "invalid_request",
  "too_long",
  "model_failure",
]);

/** Fields of a sample that an item holds as one of a list, and the list's name. */
const listOf: ReadonlyMap<string, string> = new Map([
  ["completion", "completions"],
  ["completion_ids", "completion_ids"],
  ["token_spans", "token_spans"],
]);

function completionsOf(
  item: RewardItem,
): { sample: Sample; spans?: readonly Span[] | undefined }[] {
  if ("prompt_ids" in item) {
    const promptIds = item.prompt_ids;
    return item.completion_ids.map((completionIds) => ({
      sample: { kind: "ids", promptIds, completionIds },
    }));
  }
  const { completions, token_spans: lists } = item;
  return completions.map((completion, i) => ({
    sample: "messages" in item
      ? { kind: "chat", messages: item.messages, completion }
      : { kind: "plain", prompt: item.prompt, completion },
    spans: lists?.[i],
  }));
}
