/**
 * `POST /get_reward`: the remote reward model of OpenRLHF (`--reward.remote_url`, `--remote_rm_url`), as
 * its own `openrlhf.cli.serve_rm` answers it.
 *
 * Three generations of clients are in use. The oldest sends `{ query }` and reads `rewards` as one
 * tensor; those until 2025 send `{ query, prompts, labels }`, whose share of a batch may be empty; since
 * 2026 there is one sample per request. All of them ignore keys they do not know, and none reads a body
 * unless the status is good. A list in place of a number in `rewards` raises no error in any of them: it
 * gives samples each other's rewards. So token rewards have a key of their own.
 *
 * A query is the text of the whole sequence with the template applied and all special tokens in it, so
 * the tokenizer adds none, which is what OpenRLHF's own server does.
 *
 * @module
 */

import { z } from "zod";
import type { ScoreSample } from "../../scorer/scored.ts";
import { record, texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { parseWire } from "../../wire/parse.ts";
import { creditReplySchema } from "../../wire/reply_credit.ts";
import { fullMessage, statusOf } from "../errors.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";
import { tokenColumns, tokenColumnSchemas } from "./token_fields.ts";

/** What a reward URL may say in its query string, as the client's body has no field for it. */
const urlOptions = record({ model: z.string().max(256).optional(), ...scoreFields() });

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const openRlhf: Protocol<Body> = {
  name: "OpenRLHF",
  routes: [{
    path: "/get_reward",
    operationId: "getReward",
    summary: "Score sequences as OpenRLHF's remote reward model does",
    description:
      "The raw score of each query in rewards, which is all that OpenRLHF reads; a reward per token " +
      "in token_rewards beside it. The method, the model, the truncation and the closing token can be " +
      "chosen in the URL that OpenRLHF is given, as in /get_reward?method=abc&truncate=left&close=eos.",
    query: urlOptions,
    answered: "Lists with one entry per query, in their order",
  }],
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const options = parseWire(urlOptions, query, { what: "the URL" });
    const { model, method, beta, unit, pay, passes, layer, truncate, close } = options;
    return {
      model,
      samples: splitQueries(body).map(({ sample }) => sample),
      credit: { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, (sample) => `query[${sample}]`),
    };
  },
  fromScored({ completions, credit }, { body }, { model }) {
    const scores = completions.map(({ score }) => score);
    return {
      rewards: scores,
      scores,
      ...tokenColumns(completions),
      token_rewards_cover: splitQueries(body).map(({ covers }) => covers),
      model,
      credit,
    };
  },
  errorBody: (error) => ({ detail: fullMessage(error) }),
  errorSchema: () => z.object({ detail: z.string() }).meta({ id: "OpenRlhfError" }),
  statusOf,
};

/** A query, divided where its prompt ends; the whole of it where that cannot be told. */
function splitQueries({ query, prompts }: Body): { sample: ScoreSample; covers: string }[] {
  return query.map((text, i) => {
    const given = prompts?.[i];
    const known = given !== undefined && text.startsWith(given);
    const prompt = known ? given : "";
    const completion = text.slice(prompt.length);
    return {
      sample: { kind: "plain", prompt, completion, templated: true },
      covers: known ? "response" : "query",
    };
  });
}

function requestSchema(limits: WireLimits) {
  const any = { min: 0, max: limits.completionsPerRequest };
  return z.object({
    query: texts(limits, any).meta({
      description: "Whole sequences: prompt and response, special tokens included. May be empty.",
      examples: [["<s>The movie was a delight.</s>"]],
    }),
    prompts: texts(limits, any).nullish().meta({
      description: "The prompt that each query begins with; it tells where the response begins.",
    }),
    labels: z.array(z.unknown()).max(any.max).nullish().meta({
      description: "Ground truths, which a reward model does not read.",
    }),
  }).refine(({ query, prompts }) => !prompts || prompts.length === query.length, {
    path: ["prompts"],
    error: "must hold one text per query",
  }).meta({ id: "OpenRlhfRequest", description: "Sequences to score. Other keys are ignored." });
}

function replySchema() {
  const numbers = (description: string) => z.array(z.number()).meta({ description });
  return z.object({
    rewards: numbers("The raw score of each query."),
    scores: numbers("The same, for the dynamic filtering of OpenRLHF."),
    ...tokenColumnSchemas(),
    token_rewards_cover: z.array(z.enum(["response", "query"])).meta({
      description:
        "What the tokens are those of: the response, or the whole query where no prompt was given " +
        "that it begins with.",
    }),
    model: z.string(),
    credit: creditReplySchema(),
  }).meta({ id: "OpenRlhfReply", description: "Lists with one entry per query." });
}
