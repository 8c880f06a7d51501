/**
 * `POST /v1/rewards`: from the bytes of a request to the reply of the scorer.
 *
 * @module
 */

import type { Clock } from "../batch/clock.ts";
import { AbacusError } from "../errors.ts";
import type { Scored } from "../scorer/scored.ts";
import { costReply, itemReplies, placedError, samplesOf } from "../wire/items.ts";
import type { WireLimits } from "../wire/limits.ts";
import { parseWire } from "../wire/parse.ts";
import { type RewardReply, rewardReplySchema } from "../wire/reply.ts";
import { type RewardRequest, rewardRequestSchema } from "../wire/request.ts";
import { readJson } from "./body.ts";
import { Lifeline } from "./lifeline.ts";
import { recordOf } from "./reward_record.ts";
import type { Route } from "./route.ts";
import type { Backend } from "./service.ts";

/** What the route needs to know. */
export interface RewardsOptions {
  readonly backend: Backend;
  readonly limits: WireLimits;
  readonly maxBodyBytes: number;
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** The route of rewards. */
export function rewardsRoute(options: RewardsOptions): Route {
  const { backend, limits, maxBodyBytes, deadlineMs, clock } = options;
  const schema = rewardRequestSchema(limits);
  return {
    method: "POST",
    path: "/v1/rewards",
    tag: "rewards",
    operationId: "createRewards",
    summary: "Score completions and reward their tokens",
    description:
      "Returns, for every completion, the reward model's raw score and a reward for each of its " +
      "tokens. Offsets and spans count Unicode code points.",
    open: false,
    request: { type: "application/json", schema },
    answer: {
      type: "application/json",
      schema: rewardReplySchema(),
      description: "Scores and rewards, in the order of the request",
    },
    failures: [
      "invalid_request",
      "unknown_model",
      "too_large",
      "too_long",
      "overloaded",
      "deadline_exceeded",
      "cancelled",
      "model_failure",
    ],
    async handle(context) {
      // First, so that nothing is read for a server that could not answer.
      const { scorer, model } = backend.require();
      const { raw } = context.req;
      const cutoff = context.env?.cutoff;
      using lifeline = new Lifeline({ caller: raw.signal, cutoff, deadlineMs, clock });
      const { signal } = lifeline;
      const startMs = clock.nowMs();
      const body = await readJson(raw, { maxBytes: maxBodyBytes, signal });
      const request = parseWire(schema, body);
      // Reading a slow body has used up some of it.
      const leftMs = Math.max(1, deadlineMs - (clock.nowMs() - startMs));
      requireModel(request.model, model.name);
      const { items, credit, truncate: truncation } = request;
      const scored = await lifeline.race(
        scorer.score({ samples: samplesOf(items), credit, truncation }, {
          signal,
          ...(deadlineMs === 0 ? {} : { deadlineMs: leftMs }),
        }).catch((error) => {
          throw placedError(error, items);
        }),
      );
      context.set("record", recordOf(scored));
      return context.json({
        id: context.get("requestId"),
        model: model.name,
        ...replyOf(scored, request),
      });
    },
  };
}

/** @throws {AbacusError} `unknown_model` for any name but the loaded model's */
function requireModel(name: string | undefined, loaded: string): void {
  if (name === undefined || name === loaded) return;
  throw new AbacusError(
    "unknown_model",
    `Cannot score as the loaded model is '${loaded}': received '${name}'`,
    { path: "model" },
  );
}

/** @throws {AbacusError} the first of the items' errors: a request is answered whole or not at all */
function replyOf(
  { completions, cost }: Scored,
  { items, credit, encoding }: RewardRequest,
): Omit<RewardReply, "id" | "model"> {
  const replies = itemReplies(items, completions, encoding).map((reply) => {
    if (reply instanceof AbacusError) throw reply;
    return reply;
  });
  return { credit, items: replies, ...costReply(cost) };
}
