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
import { readCredit, readUnits, sameAs } from "./reply_credit.ts";
import type { Batch, ExpectedRewards, RequestHead } from "./requests.ts";
import { isCount, isSpan, notSpan } from "./spans.ts";
import { requireSum } from "./sum_law.ts";

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
  return {
    id: textAt({ value: reply.id, path: "id" }),
    model: textAt(model),
    credit: readCredit(credit, head),
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
  if (fields.residual !== undefined) result.residual = finiteAt(at("residual"));
  if (fields.credit !== undefined) result.credit = readShares(at("credit"), length);
  if (fields.token_ids !== undefined) result.token_ids = readIds(at("token_ids"), length);
  if (fields.offsets !== undefined) result.offsets = readSpans(at("offsets"), length);
  if (fields.units !== undefined) result.units = readUnits(at("units"), rewards);
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
  return readEach(placed, { is: isSpan, fault: notSpan });
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
