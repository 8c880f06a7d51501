/**
 * `POST /v1/rewards`: from the bytes of a request to the reply of the scorer.
 *
 * @module
 */

import type { Clock } from "../batch/clock.ts";
import type { WireLimits } from "../wire/limits.ts";
import { parseWire } from "../wire/parse.ts";
import { rewardReplySchema } from "../wire/reply.ts";
import { rewardRequestSchema } from "../wire/request.ts";
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
      const { scorer } = backend.require();
      const { raw } = context.req;
      const cutoff = context.env?.cutoff;
      using lifeline = new Lifeline({ caller: raw.signal, cutoff, deadlineMs, clock });
      const { signal } = lifeline;
      const startMs = clock.nowMs();
      const body = await readJson(raw, { maxBytes: maxBodyBytes, signal });
      const request = parseWire(schema, body);
      // Reading a slow body has used up some of it.
      const leftMs = Math.max(1, deadlineMs - (clock.nowMs() - startMs));
      const reply = await lifeline.race(scorer.score(request, {
        signal,
        requestId: context.get("requestId"),
        ...(deadlineMs === 0 ? {} : { deadlineMs: leftMs }),
      }));
      context.set("record", recordOf(reply));
      return context.json(reply);
    },
  };
}
