/**
 * `POST /v1/rewards`: the protocol of Abacus itself. Its wire format, which files of `score` share, is
 * in `src/wire/`.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { costReply, itemReplies, placedError, samplesOf } from "../../wire/items.ts";
import { type RewardReply, rewardReplySchema } from "../../wire/reply.ts";
import { type RewardRequest, rewardRequestSchema } from "../../wire/request.ts";
import { nativeErrors } from "../errors.ts";
import type { Protocol } from "./protocol.ts";

/** The protocol. */
export const rewards: Protocol<RewardRequest> = {
  ...nativeErrors,
  name: "Rewards",
  routes: [{
    path: "/v1/rewards",
    operationId: "createRewards",
    summary: "Score completions and reward their tokens",
    description:
      "Returns, for every completion, the reward model's raw score and a reward for each of its " +
      "tokens. Offsets and spans count Unicode code points.",
    answered: "Scores and rewards, in the order of the request",
  }],
  requestSchema: rewardRequestSchema,
  replySchema: rewardReplySchema,
  toSamples({ body: { items, model, credit, truncate, close } }) {
    return {
      model,
      samples: samplesOf(items),
      credit,
      truncation: truncate,
      close,
      place: (error) => placedError(error, items),
    };
  },
  fromScored({ completions, credit, cost }, { body }, { requestId, model }): RewardReply {
    const items = itemReplies(body.items, completions, body.encoding).map((reply) => {
      if (reply instanceof AbacusError) throw reply; // A number that does not fit into float32.
      return reply;
    });
    return { id: requestId, model, credit, items, ...costReply(cost) };
  },
};
