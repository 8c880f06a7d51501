/**
 * Reads a server's answer as rewards: every number is finite, in its place and consistent with the
 * others, or the whole answer is refused. Unknown fields and unknown words are accepted, since a newer
 * server may send them.
 *
 * @module
 */

import type { CompletionReply, RewardReply } from "../wire/reply.ts";
import {
  booleanAt,
  countAt,
  finiteAt,
  listAt,
  mismatch,
  objectAt,
  type Placed,
  textAt,
} from "./check.ts";
import { floatsAt } from "./floats.ts";
import type { Batch, ExpectedRewards, RequestHead } from "./requests.ts";

/** The rewards of a completion: the wire's fields, with arrays instead of base64. */
export interface CompletionRewards extends Omit<CompletionReply, "rewards" | "credit"> {
  /** One per token. They add up to the score, less the offset if there is one. */
  rewards: Float64Array;
  /** The share of each token; absent for methods without shares. */
  credit?: Float64Array;
}

/** The rewards of an item's completions, in their order. */
export interface ItemRewards {
  completions: CompletionRewards[];
}

/** The rewards of a request. */
export interface BatchRewards extends Omit<RewardReply, "items"> {
  items: ItemRewards[];
}

/** The error that the server allows its sums, relative to the larger of 1 and the sum. */
const SUM_TOLERANCE = 1e-5;

/** The relative error of rounding one number to float32. */
const FLOAT32_ROUNDING = 2 ** -24;

/** The relative error of one addition in float64. */
const FLOAT64_ROUNDING = 2 ** -53;

/**
 * Reads the answer to a batch.
 *
 * @param head the fields of the request besides its items
 * @throws {RewardClientError} `protocol`, with its path within the answer
 */
export function readReply(value: unknown, batch: Batch, head: RequestHead): BatchRewards {
  const reply = objectAt({ value, path: "" });
  const credit = objectAt({ value: reply.credit, path: "credit" });
  const usage = objectAt({ value: reply.usage, path: "usage" });
  const timing = objectAt({ value: reply.timing_ms, path: "timing_ms" });
  const items = listAt({ value: reply.items, path: "items" }, batch.length);
  const model = sameAs({ value: reply.model, path: "model" }, head.model);
  const { method, beta } = head.credit ?? {};
  return {
    id: textAt({ value: reply.id, path: "id" }),
    model: textAt(model),
    credit: {
      method: textAt(sameAs({ value: credit.method, path: "credit.method" }, method)),
      beta: finiteAt(sameAs({ value: credit.beta, path: "credit.beta" }, beta)),
    },
    items: batch.map(({ expected }, i) =>
      readItem({ value: items[i], path: `items[${i}]` }, expected)
    ),
    usage: {
      tokens: countAt({ value: usage.tokens, path: "usage.tokens" }),
      computed_tokens: countAt({ value: usage.computed_tokens, path: "usage.computed_tokens" }),
      ...(usage.cached_tokens === undefined ? {} : {
        cached_tokens: countAt({ value: usage.cached_tokens, path: "usage.cached_tokens" }),
      }),
    },
    timing_ms: {
      tokenize: finiteAt({ value: timing.tokenize, path: "timing_ms.tokenize" }),
      queue: finiteAt({ value: timing.queue, path: "timing_ms.queue" }),
      inference: finiteAt({ value: timing.inference, path: "timing_ms.inference" }),
    },
  };
}

/** Scores of another model or of another credit method are not the requested ones. */
function sameAs(placed: Placed, asked: unknown): Placed {
  if (asked === undefined || placed.value === asked) return placed;
  throw mismatch(placed, `must be '${asked}', as requested`);
}

function readItem(placed: Placed, expected: readonly ExpectedRewards[]): ItemRewards {
  const path = `${placed.path}.completions`;
  const completions = listAt({ value: objectAt(placed).completions, path }, expected.length);
  return {
    completions: expected.map((each, i) =>
      readCompletion({ value: completions[i], path: `${path}[${i}]` }, each)
    ),
  };
}

function readCompletion(placed: Placed, expected: ExpectedRewards): CompletionRewards {
  const fields = objectAt(placed);
  const at = (name: keyof CompletionReply): Placed => ({
    value: fields[name],
    path: `${placed.path}.${name}`,
  });
  const truncated = booleanAt(at("truncated"));
  const rewards = floatsAt(at("rewards"));
  requireCount(at("rewards"), rewards.length, {
    ...expected,
    atMost: expected.atMost && truncated,
  });
  const { length } = rewards;
  const result: CompletionRewards = { score: finiteAt(at("score")), rewards, truncated };
  if (fields.offset !== undefined) result.offset = finiteAt(at("offset"));
  requireSum(at("rewards"), rewards, result.score - (result.offset ?? 0));
  if (fields.credit !== undefined) result.credit = readShares(at("credit"), length);
  if (fields.token_ids !== undefined) result.token_ids = readIds(at("token_ids"), length);
  if (fields.offsets !== undefined) result.offsets = readSpans(at("offsets"), length);
  if (fields.steps !== undefined) result.steps = readSteps(at("steps"), length);
  if (fields.response_mass !== undefined) result.response_mass = readMass(at("response_mass"));
  if (fields.read_at !== undefined) result.read_at = readPlace(at("read_at"));
  if (fields.dropped !== undefined) result.dropped = readRanges(at("dropped"));
  if (fields.fallback !== undefined) result.fallback = textAt(at("fallback"));
  if (fields.members !== undefined) result.members = readMembers(at("members"));
  return result;
}

function requireCount(
  placed: Placed,
  count: number,
  { count: asked, atMost }: ExpectedRewards,
): void {
  if (asked === undefined || count === asked || (atMost && count < asked)) return;
  throw mismatch(
    { ...placed, value: count },
    `must hold ${asked} numbers, one per token of the request`,
  );
}

function requireLength(placed: Placed, length: number, expected: number): void {
  if (length === expected) return;
  throw mismatch({ ...placed, value: length }, `must hold ${expected} members, one per reward`);
}

/**
 * Law 1, within the precision of the encoding, in which each number was rounded once. The tolerance
 * grows with the magnitude of the rewards, whatever their signs.
 */
function requireSum(placed: Placed, values: Float64Array, expected: number): void {
  const isFloat32 = typeof placed.value === "string";
  const rounding = FLOAT64_ROUNDING * values.length + (isFloat32 ? FLOAT32_ROUNDING : 0);
  let magnitude = 0;
  for (const value of values) magnitude += Math.abs(value);
  const tolerance = SUM_TOLERANCE * Math.max(1, Math.abs(expected)) + rounding * magnitude;
  const total = sumOf(values);
  if (Math.abs(total - expected) <= tolerance) return;
  throw mismatch({ ...placed, value: total }, `must add up to ${expected}`);
}

/** The sum in float64. */
function sumOf(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function readShares(placed: Placed, length: number): Float64Array {
  const shares = floatsAt(placed);
  requireLength(placed, shares.length, length);
  if (length > 0) requireSum(placed, shares, 1);
  return shares;
}

function readIds(placed: Placed, length: number): number[] {
  requireLength(placed, listAt(placed).length, length);
  return readEach(placed, { is: isCount, fault: "must be an integer that is not negative" });
}

function readSpans(placed: Placed, length: number): [number, number][] {
  requireLength(placed, listAt(placed).length, length);
  return readRanges(placed);
}

/** Any number of ranges of code points. */
function readRanges(placed: Placed): [number, number][] {
  const fault = "must be [start, end], which does not end before it starts";
  return readEach(placed, { is: isSpan, fault });
}

/** There may be a million members, so a path is only made for the first wrong one. */
function readEach<Member>(
  placed: Placed,
  { is, fault }: { is: (value: unknown) => value is Member; fault: string },
): Member[] {
  const members = listAt(placed);
  const wrong = members.findIndex((member) => !is(member));
  if (wrong >= 0) {
    throw mismatch({ path: `${placed.path}[${wrong}]`, value: members[wrong] }, fault);
  }
  return members.filter(is);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isSpan(value: unknown): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [start, end] = value;
  return isCount(start) && isCount(end) && start <= end;
}

/** The steps of a process reward model, each of which may end at one of the rewards. */
function readSteps(placed: Placed, length: number): NonNullable<CompletionReply["steps"]> {
  return listAt(placed).map((value, i) => {
    const path = `${placed.path}[${i}]`;
    const { end, score } = objectAt({ value, path });
    const read = { score: finiteAt({ value: score, path: `${path}.score` }) };
    if (end === undefined) return read;
    const place = { value: end, path: `${path}.end` };
    if (countAt(place) < length) return { end: countAt(place), ...read };
    throw mismatch(place, `must be one of the ${length} rewards`);
  });
}

/** The members of a mixture, with their own scores. */
function readMembers(placed: Placed): NonNullable<CompletionReply["members"]> {
  return listAt(placed).map((value, i) => {
    const path = `${placed.path}[${i}]`;
    const { id, score } = objectAt({ value, path });
    return {
      id: textAt({ value: id, path: `${path}.id` }),
      score: finiteAt({ value: score, path: `${path}.score` }),
    };
  });
}

function readPlace(placed: Placed): NonNullable<CompletionReply["read_at"]> {
  const { position, token_id } = objectAt(placed);
  return {
    position: countAt({ value: position, path: `${placed.path}.position` }),
    token_id: countAt({ value: token_id, path: `${placed.path}.token_id` }),
  };
}

function readMass(placed: Placed): number {
  const mass = finiteAt(placed);
  if (mass >= 0 && mass <= 1) return mass;
  throw mismatch(placed, "must lie in [0, 1]");
}
