/**
 * The Open Inference Protocol, version 2 of KServe's and Triton's: `POST /v2/models/NAME/infer` with
 * tensors in JSON or binary, and the routes for health and metadata that their clients and probes ask.
 *
 * `prompt` and `completion` are BYTES tensors of one element per sample. The score is one output, and
 * what belongs to tokens is others, padded with 0 to the longest completion and as long as
 * `token_count` says.
 *
 * Specification: https://github.com/kserve/open-inference-protocol, inference_rest.md
 *
 * @module
 */

import { z } from "zod";
import { texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { requireJsonType } from "../body.ts";
import { bytesType } from "../bytes_reply.ts";
import { fullMessage, statusOf } from "../errors.ts";
import { HEAD_LENGTH, readTensors, replyWith } from "./binary_tensors.ts";
import { inferenceFacts } from "./open_inference_facts.ts";
import { namesOf, outputNames, taskOf, tensorOf } from "./open_inference_outputs.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const openInference: Protocol<Body> = {
  name: "Open Inference Protocol",
  routes: [{
    path: "/v2/models/:name/infer",
    operationId: "infer",
    summary: "Score completions as an inference server does",
    description:
      "The raw score of each sample as an output, and a reward per token as others. Without outputs " +
      "in the request all are returned; a request for the score alone is the cheapest.",
    answered: "Tensors with one row per sample, in their order",
    bytes: { request: [bytesType], answer: [bytesType] },
  }],
  facts: inferenceFacts,
  checkHeaders,
  parseBody: readTensors,
  requestSchema,
  replySchema,
  toSamples({ body: { inputs, outputs, parameters }, params }) {
    const { method, beta, unit, pay, passes, layer, truncate, close, templated, timeout = 0 } =
      parameters;
    const prompts = inputs.find(({ name }) => name === "prompt")?.data;
    const at = inputs.findIndex(({ name }) => name === "completion");
    const scoreOnly = outputs?.every(({ name }) => name === "score") ?? false;
    return {
      model: params["name"],
      withinMs: timeout > 0 ? timeout / 1_000 : undefined,
      samples: inputs[at]!.data.map((completion, i) => ({
        kind: "plain",
        prompt: prompts?.[i] ?? "",
        completion,
        templated,
      })),
      credit: scoreOnly ? { method: "terminal", beta } : { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, (sample) => `inputs[${at}].data[${sample}]`),
    };
  },
  fromScored(scored, { body }, { model }) {
    const names = body.outputs?.map(({ name }) => name) ?? namesOf({ task: taskOf(scored) });
    const whole = !body.inputs.some(({ name }) => name === "prompt");
    const reply = {
      model_name: model,
      ...(body.id === undefined ? {} : { id: body.id }),
      parameters: { token_rewards_cover: whole ? "text" : "completion" },
    };
    return replyWith(reply, names.map((name) => tensorOf(name, scored)), binaryIn(body));
  },
  errorBody: (error) => ({ error: fullMessage(error) }),
  errorSchema: () => z.object({ error: z.string() }).meta({ id: "OpenInferenceError" }),
  statusOf,
};

/** Which outputs are wanted as bytes: all, or those that say so. */
function binaryIn({ parameters, outputs = [] }: Body): (name: string) => boolean {
  const all = parameters["binary_data_output"] === true;
  const asked = new Map<string, unknown>(
    outputs.map(({ name, parameters }) => [name, parameters?.["binary_data"]]),
  );
  return (name) => asked.get(name) === true || (all && asked.get(name) !== false);
}

/** Triton's client sends no content type; a page of another origin must send one all the same. */
function checkHeaders(headers: Headers): void {
  // No page of another origin can send this header unasked.
  if (headers.has(HEAD_LENGTH)) return;
  if (headers.has("content-type") || headers.has("origin")) requireJsonType(headers);
}

/** As in the specification, with the inputs and outputs of a reward model. */
function requestSchema(limits: WireLimits) {
  const given = z.looseObject({}).optional();
  const data = texts(limits, { min: 0, max: limits.completionsPerRequest });
  const input = z.object({
    name: z.enum(["prompt", "completion"]),
    shape: z.array(z.int().min(0)).min(1).max(2).meta({ examples: [[2]] }),
    datatype: z.literal("BYTES"),
    parameters: given,
    // Elements may be nested as the shape is, or flattened.
    data: z.preprocess((value) => Array.isArray(value) ? value.flat() : value, data),
  }).refine(({ shape, data }) => shape.reduce((all, each) => all * each, 1) === data.length, {
    path: ["shape"],
    error: "must multiply to the number of elements in data",
  });
  return z.object({
    id: z.string().max(256).optional(),
    parameters: withoutNulls(z.looseObject({
      ...scoreFields(),
      templated: z.boolean().default(false).meta({
        description: "Whether the texts hold their special tokens, so that none are added.",
      }),
      timeout: z.int().min(0).optional().meta({
        description:
          "Microseconds after which an answer is of no use, as Triton has it; 0 for the server's limit.",
      }),
    })).prefault({}),
    inputs: z.array(input).min(1).max(2).superRefine(requirePair),
    outputs: z.array(z.object({ name: z.enum(outputNames), parameters: given })).min(1)
      .max(outputNames.length).optional(),
  }).meta({
    id: "OpenInferenceRequest",
    description: "Tensors in JSON. Without a prompt the completion is the whole text.",
    examples: [{
      inputs: [
        { name: "prompt", shape: [1], datatype: "BYTES", data: ["The movie was"] },
        { name: "completion", shape: [1], datatype: "BYTES", data: [" a delight."] },
      ],
      outputs: [{ name: "score" }],
    }],
  });
}

/** The same object, of which a field that is null is absent. */
function withoutNulls<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
  }, schema);
}

/** One completion for every prompt, and each input once. */
function requirePair(
  inputs: readonly { name: string; data: readonly string[] }[],
  context: z.RefinementCtx,
): void {
  const completions = inputs.filter(({ name }) => name === "completion");
  const [first] = completions;
  const message = first === undefined || completions.length > 1
    ? "must hold one input named completion, and at most one named prompt"
    : inputs.some(({ data }) => data.length !== first.data.length)
    ? "must hold as many prompts as completions"
    : undefined;
  if (message !== undefined) context.addIssue({ code: "custom", message });
}

/** As in the specification; clients reshape `data` by `shape`. */
function replySchema() {
  return z.object({
    model_name: z.string(),
    id: z.string().optional(),
    parameters: z.object({ token_rewards_cover: z.enum(["completion", "text"]) }).meta({
      description: "What the tokens are those of: the completion, or a text without a prompt.",
    }),
    outputs: z.array(z.object({
      name: z.enum(outputNames),
      datatype: z.enum(["FP64", "INT64"]),
      shape: z.array(z.int()),
      data: z.array(z.number()),
    })),
  }).meta({ id: "OpenInferenceReply", description: "Tensors in row-major order." });
}
