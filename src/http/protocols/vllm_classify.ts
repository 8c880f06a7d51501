/**
 * `POST /classify` as vLLM answers it, which verl's reward loop and others read: texts, ids or one
 * conversation, and of each the last of its `probs`, which is the raw score here.
 * A reply has one class, whatever the labels of the model.
 *
 * @module
 */

import { z } from "zod";
import type { WireLimits } from "../../wire/limits.ts";
import { activated, activationFields, wantsActivation } from "./activation.ts";
import { bodyWith } from "./body_keys.ts";
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
import {
  requireOneInput,
  vllmCover,
  vllmInputFields,
  vllmPlace,
  vllmSamples,
  vllmTruncation,
} from "./vllm_input.ts";

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const vllmClassify: Protocol<Body> = {
  ...vllmPeer,
  routes: [{
    path: "/classify",
    operationId: "classify",
    summary: "Score texts as vLLM's classification does",
    description:
      "vLLM's form has input or messages. The raw score of each text is the one entry of " +
      "its probs, unless use_activation asks for a probability; token rewards stand in token_rewards.",
    query: vllmUrl,
    answered: "The scores of the texts, in their order",
  }],
  speaks: bodyWith("input", "messages"),
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const options = vllmOptions(body, query);
    return {
      ...options,
      samples: vllmSamples(body),
      truncation: vllmTruncation(body, options.truncation),
      place: (error) => placedAt(error, (sample) => vllmPlace(body, sample)),
    };
  },
  fromScored(scored, { body }, served) {
    const wanted = wantsActivation(body);
    return {
      ...vllmHead("classify", scored, served),
      ...vllmList(scored.completions.map(({ score }, index) => ({
        index,
        label: null,
        probs: [activated(score, wanted)],
        num_classes: 1,
      }))),
      ...tokenColumns(scored.completions),
      token_rewards_cover: vllmCover(body),
    };
  },
};

/** As vLLM's own, less what {@linkcode vllmInputFields} refuses. */
function requestSchema(limits: WireLimits) {
  return z.object({ model: modelField(), ...activationFields(), ...vllmInputFields(limits) })
    .superRefine(requireOneInput)
    .meta({ id: "VllmClassifyRequest", description: "Texts to score. Other keys are ignored." });
}

/** As vLLM's own, with token fields beside. */
function replySchema() {
  const result = z.object({
    index: z.int(),
    label: z.null(),
    probs: z.array(z.number()).meta({ description: "One number: the score of the text." }),
    num_classes: z.literal(1),
  });
  return z.object({
    ...vllmHeadSchemas(),
    ...vllmListSchemas(result),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("text", "completion"),
  }).meta({ id: "VllmClassifyReply" });
}
