/**
 * What `GET /v1/models` answers: what is loaded, where it really runs, and what it may be asked. The
 * list has the shape of OpenAI's, so that tools which look for a model's `id` find it.
 *
 * @module
 */

import { z } from "zod";
import { creditMethodNames } from "../credit/registry.ts";
import type { ModelFacts } from "../scorer/facts.ts";
import { poolingNames } from "../text/pooling.ts";
import { closes } from "../text/sample.ts";
import type { WireLimits } from "./limits.ts";

/** The answer of `GET /v1/models`. */
export function modelsReplySchema() {
  return z.object({ object: z.literal("list"), data: z.array(modelSchema()) })
    .meta({ id: "ModelsReply", description: "The loaded models, the default first." });
}

/** The answer of `GET /v1/models`. */
export type ModelsReply = z.output<ReturnType<typeof modelsReplySchema>>;

/**
 * Says of each model what callers may know. Wherever models differ (kind of attention, pooling, input,
 * methods) callers find it here, and need not know families.
 */
export function modelsReply(models: readonly ModelFacts[], limits: WireLimits): ModelsReply {
  return { object: "list", data: models.map((model) => modelReply(model, limits)) };
}

/** What callers may know of one model; none of it is a path. */
function modelReply(model: ModelFacts, limits: WireLimits): ModelsReply["data"][number] {
  const { steps, members } = model;
  return {
    id: model.name,
    object: "model",
    family: model.family,
    architecture: model.architecture,
    ...(model.base === undefined ? {} : { base: model.base }),
    ...(members === undefined
      ? {}
      : { members: members.map(({ name, weight }) => ({ id: name, weight })) }),
    causal: model.attention === "causal",
    attention: model.attention,
    graph: model.graph,
    pooling: model.pooling,
    ...(model.pooled === undefined ? {} : { pooled: { ...model.pooled } }),
    head: model.head,
    task: model.task,
    input: model.input,
    parameters: model.parameters,
    stored_dtype: model.storedDtype,
    ...(model.weightsDigest === undefined ? {} : { weights_digest: model.weightsDigest }),
    dtype: model.dtype,
    device: model.device,
    on_device: model.onDevice,
    threads: model.threads,
    ...(model.replicas === undefined ? {} : { replicas: [...model.replicas] }),
    context: model.context,
    vocabulary: model.vocabulary,
    labels: model.labels,
    score_rule: model.scoreRule,
    normalization: model.normalization,
    chat_template: model.chat,
    close: model.close,
    closes: [...model.closes],
    ...(model.tokenizerDigest === undefined ? {} : { tokenizer_digest: model.tokenizerDigest }),
    ...(steps === undefined ? {} : { steps: { read: steps.text, reduction: steps.reduction } }),
    credit_methods: model.methods
      .map(({ name, summary, source, signed }) => ({ name, summary, source, signed })),
    limits: {
      items: limits.items,
      completions_per_item: limits.completionsPerItem,
      completions_per_request: limits.completionsPerRequest,
      messages: limits.messages,
      characters_per_text: limits.charactersPerText,
      tokens_per_list: limits.tokensPerList,
    },
  };
}

const replicasSchema = z.array(z.string()).meta({
  description: "Where each replica runs, where there are several; threads are those of each.",
  examples: [["cuda:0", "cuda:1"]],
});

/** One model, field by field; a field without a description is named after what it is. */
function modelSchema() {
  return z.object({
    id: z.string().meta({ description: "The name that requests use." }),
    object: z.literal("model"),
    family: z.string(),
    architecture: z.string().meta({ examples: ["LlamaForSequenceClassification"] }),
    base: z.string().optional().meta({ description: "Of an adapter (LoRA): its base model." }),
    members: membersSchema().optional(),
    causal: z.boolean(),
    attention: z.enum(["causal", "bidirectional", "unknown"]).meta({
      description: "Of the last layer; unknown where a prebuilt graph does not show it.",
    }),
    graph: z.enum(["own", "prebuilt"]).meta({
      description: "Whether it was written from the weights, or is the directory's model.onnx.",
    }),
    pooling: z.string().meta({
      description: "Where the score is read.",
      examples: ["last token that is not padding (id 0)"],
    }),
    pooled: pooledSchema().optional(),
    head: z.string().meta({
      description: "How the score's outputs are made of the states that are read.",
      examples: ["linear score"],
    }),
    task: z.enum(["sequence", "token"]).meta({
      description: "Whether the head gives one answer per sequence, or one per token.",
    }),
    input: z.enum(["joined", "pair"]).meta({
      description: "Prompt and completion are read as one text, or as a pair of texts.",
    }),
    ...weightFields(),
    dtype: z.string().meta({ description: "That the model computes in." }),
    device: z.string().meta({ description: "The device really in use.", examples: ["cpu"] }),
    on_device: z.number().min(0).max(1).meta({
      description: "The part of the heavy nodes that the device itself runs.",
    }),
    threads: z.int(),
    replicas: replicasSchema.optional(),
    context: z.int().meta({ description: "The most tokens of a prompt with its completion." }),
    vocabulary: z.int(),
    labels: z.int(),
    score_rule: z.string().meta({ description: "How the head's outputs become the score." }),
    normalization: z.enum(["none", "not applied", "applied"]).meta({
      description:
        "Whether the score is normalised by mean and std of config.json, if it has them.",
    }),
    ...textFields(),
    steps: stepReadingSchema().optional(),
    credit_methods: z.array(z.object({
      name: z.string().meta({ examples: creditMethodNames }),
      summary: z.string(),
      source: z.string(),
      signed: z.boolean(),
    })).meta({ description: "What it may be asked; the first is what a request gets by default." }),
    limits: limitsSchema(),
  }).meta({ id: "Model", description: "A loaded model." });
}

/** Where the score is read, by name. */
function pooledSchema() {
  return z.object({
    at: z.enum(poolingNames),
    id: z.int().optional().meta({ description: "The token that the rule names." }),
  }).meta({
    description:
      "The same as a rule: the last token, the last that is not of an id (its padding), the one before " +
      "the first of an id, or the last of an id. Mixtures have none.",
  });
}

/** What is stored. */
function weightFields() {
  return {
    parameters: z.int(),
    stored_dtype: z.string().meta({ description: "Of the weights in the checkpoint." }),
    weights_digest: z.string().optional().meta({
      description:
        "SHA-256 of the names, types, shapes and samples of the stored weights: other checkpoints have " +
        "others. Prebuilt graphs and mixtures have none.",
    }),
  };
}

/** How texts become ids. */
function textFields() {
  return {
    chat_template: z.boolean().meta({ description: "Whether items may hold messages." }),
    close: z.enum(closes).meta({
      description: "What texts are closed with unless a request says otherwise.",
    }),
    closes: z.array(z.enum(closes)).meta({
      description: "What a request's close may be: those that the model has a token for, and none.",
      examples: [["eos", "none"]],
    }),
    tokenizer_digest: z.string().optional().meta({
      description:
        "SHA-256 of all that its tokenizer's ids depend on: servers with one digest make the same ids " +
        "of every text, and `abacus ppo` sends ids where its policy has it, too. Mixtures have none.",
    }),
  };
}

/** Only mixtures have members; the other fields of one are put together of theirs (docs/mixtures.md). */
function membersSchema() {
  return z.array(z.object({
    id: z.string(),
    weight: z.number().meta({ description: "What its score is multiplied with." }),
  })).meta({ description: "Of a mixture: the models whose scores it adds up." });
}

/** What one request may hold. */
function limitsSchema() {
  return z.object({
    items: z.int(),
    completions_per_item: z.int(),
    completions_per_request: z.int(),
    messages: z.int(),
    characters_per_text: z.int(),
    tokens_per_list: z.int(),
  });
}

/**
 * How steps are read. Only process reward models have it, and callers can tell by its absence that a model
 * scores whole completions; `task` says the same.
 */
function stepReadingSchema() {
  return z.object({
    read: z.string().meta({
      description: "Where steps end, and the token that each is read at.",
      examples: ['ends at a blank line, read at "<extra_0>" (id 151651)'],
    }),
    reduction: z.string().meta({
      description: "How the scores of steps become the score of a completion.",
      examples: ["mean"],
    }),
  }).meta({ description: "How steps are read, by models that score steps." });
}
