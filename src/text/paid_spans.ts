/**
 * The caller's tokens that can be paid: those of which a chat template left something in the text.
 *
 * @module
 */

import type { Encoding, Span } from "./encoding.ts";

/**
 * The indices of the caller's tokens that are paid. One that lies in what the template left out is not,
 * unless all of them do although something was read, which has to be paid to someone. A token without
 * characters stands for the end of the text, and is paid.
 */
export function paidSpans(
  spans: readonly Span[],
  { dropped = [], offsets }: Pick<Encoding, "dropped" | "offsets">,
): readonly number[] {
  const all = [...spans.keys()];
  let range = 0;
  const paid = all.filter((at) => {
    const [start, end] = spans[at]!;
    while (range < dropped.length && dropped[range]![1] <= start) range++;
    const [from, to] = dropped[range] ?? [end, start];
    return start === end || start < from || end > to;
  });
  return paid.length === 0 && offsets.length > 0 ? all : paid;
}

/** A quantity per paid token as one per token: 0 for those that are not paid. */
export function withUnpaid(
  perPaid: Float64Array,
  paid: readonly number[],
  tokens: number,
): Float64Array {
  if (paid.length === tokens) return perPaid;
  const whole = new Float64Array(tokens);
  paid.forEach((token, at) => whole[token] = perPaid[at]!);
  return whole;
}
