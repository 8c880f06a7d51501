/**
 * `POST /score` and `/v1/score` as vLLM answers them: pairs of texts, which are a prompt and a completion
 * here. One first text may stand before many second ones.
 *
 * @module
 */

import { z } from "zod";
import { text, texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { activated, activationFields, wantsActivation } from "./activation.ts";
import { isGiven } from "./body_keys.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import { coverSchema, tokenColumns, tokenColumnSchemas } from "./token_fields.ts";
import {
  modelField,
  vllmHead,
  vllmHeadSchemas,
  vllmList,
  vllmListSchemas,
  vllmOptions,
  vllmPeer,
  vllmUrl,
} from "./vllm.ts";
import { vllmTruncation, vllmTruncationFields } from "./vllm_input.ts";

/** The names that vLLM has had for the two texts. */
const pairs = [
  ["text_1", "text_2"],
  ["queries", "documents"],
  ["queries", "items"],
  ["data_1", "data_2"],
] as const;

const names = [...new Set(pairs.flat())];

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** What both routes say of themselves. */
const route = {
  summary: "Score pairs of texts as vLLM does",
  description: "The raw score of each pair, unless use_activation asks for a probability; token " +
    "rewards of the second texts stand in token_rewards.",
  query: vllmUrl,
  answered: "The scores of the pairs, in their order",
};

/** The protocol. */
export const vllmScore: Protocol<Body> = {
  ...vllmPeer,
  routes: [
    { path: "/score", operationId: "score", ...route },
    { path: "/v1/score", operationId: "scoreV1", ...route },
  ],
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const { firsts, seconds, name } = pairOf(body)!;
    const options = vllmOptions(body, query);
    return {
      ...options,
      truncation: vllmTruncation(body, options.truncation),
      samples: seconds.map((completion, i) => ({
        kind: "plain",
        prompt: firsts[firsts.length === 1 ? 0 : i]!,
        completion,
      })),
      place: (error) => placedAt(error, (sample) => `${name}[${sample}]`),
    };
  },
  fromScored(scored, { body }, served) {
    const wanted = wantsActivation(body);
    return {
      ...vllmHead("score", scored, served),
      ...vllmList(scored.completions.map(({ score }, index) => ({
        index,
        object: "score",
        score: activated(score, wanted),
      }))),
      ...tokenColumns(scored.completions),
      token_rewards_cover: "completion",
    };
  },
};

/** The texts, under all of their names. */
type Fields = Readonly<
  Partial<Record<typeof names[number], string | readonly string[] | null | undefined>>
>;

/** The names under which there are texts. */
function namesIn(body: Fields) {
  return names.filter((name) => isGiven(body[name]));
}

/**
 * The two texts of every pair, and the name of the second; undefined where they are not a pair, or where there
 * is more than one, as the others would be ignored.
 */
function pairOf(body: Fields) {
  const given = namesIn(body);
  const names = pairs.find((pair) =>
    given.length === pair.length && pair.every((name) => given.includes(name))
  );
  if (names === undefined) return undefined;
  const [firsts, seconds] = names.map((name) => [body[name]!].flat());
  return { firsts: firsts!, seconds: seconds!, name: names[1] };
}

/** Any of the pairs of names, and no two of them. */
function requestSchema(limits: WireLimits) {
  const max = limits.completionsPerRequest;
  const either = () => z.union([text(limits), texts(limits, { max })]).nullish();
  return z.object({
    model: modelField(),
    ...activationFields(),
    ...vllmTruncationFields({ cut: "truncate=left in the URL cuts prompts" }),
    // Keys of an object that is made of a list are known as strings only.
    ...Object.fromEntries(names.map((name) => [name, either()])) as Record<
      typeof names[number],
      ReturnType<typeof either>
    >,
  }).superRefine((body, context) => {
    const pair = pairOf(body);
    const given = namesIn(body);
    const message = pair === undefined
      ? `must hold two texts: ${pairs.map((names) => names.join(" and ")).join(", or ")}` +
        (given.length > 1 ? `, and not ${given.join(" and ")}` : "")
      : pair.firsts.length !== 1 && pair.firsts.length !== pair.seconds.length
      ? "must hold one first text, or as many as second ones"
      : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message });
  }).meta({
    id: "VllmScoreRequest",
    description: "Pairs of texts to score. Other keys are ignored.",
    examples: [{ text_1: "The movie was", text_2: [" a delight.", " dull."] }],
  });
}

/** As vLLM's own, with token fields beside. */
function replySchema() {
  const result = z.object({ index: z.int(), object: z.literal("score"), score: z.number() });
  return z.object({
    ...vllmHeadSchemas(),
    ...vllmListSchemas(result),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("completion"),
  }).meta({ id: "VllmScoreReply" });
}
