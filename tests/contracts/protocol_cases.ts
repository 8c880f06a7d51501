/**
 * How each protocol is asked and how its clients read the replies, for the contract of protocols.
 *
 * @module
 */

/** A prompt with one completion. */
export interface Text {
  readonly prompt: string;
  readonly completion: string;
}

/** What a client takes from a reply. */
export interface ReadReply {
  readonly scores: readonly number[];
  /** Per text, a reward per token. */
  readonly rewards: readonly (readonly number[])[];
}

/** One protocol, as its clients speak it. */
export interface ProtocolCase {
  /** Whether texts come with a template applied, special tokens included. @default false */
  readonly templated?: boolean;
  /** Whether a request holds one text only. @default false */
  readonly single?: boolean;
  /** Whether the whole text is rewarded, as no prompt can be told. @default false */
  readonly whole?: boolean;
  /** The statuses of failures, where the peer has others than Abacus. */
  readonly statuses?: {
    readonly invalid: number;
    readonly overloaded: number;
    readonly failed: number;
  };
  /** Where the default model is asked. */
  readonly path: string;
  request(texts: readonly Text[]): unknown;
  /** The same request to a model by name. */
  withModel(body: unknown, model: string): { readonly path: string; readonly body: unknown };
  /** The same request with another credit method. */
  withMethod(body: unknown, method: string): { readonly path?: string; readonly body: unknown };
  /** Bodies that the protocol must refuse. */
  readonly malformed: readonly (readonly [what: string, body: unknown])[];
  /** A batch of nothing, where the peer refuses it by a status of its own. */
  readonly empty?: { readonly body: unknown; readonly status: number };
  /** How an error names the place of the third text. */
  readonly third: RegExp;
  /** Reads a reply as clients do; fails where a score is no number. */
  read(reply: unknown): ReadReply;
}

const teiStatuses = { invalid: 422, overloaded: 429, failed: 424 };

/** The cases, by the operation of a protocol's first route. */
export const protocolCases: Readonly<Record<string, ProtocolCase>> = {
  createRewards: {
    path: "/v1/rewards",
    request: (texts) => ({
      items: texts.map(({ prompt, completion }) => ({ prompt, completions: [completion] })),
    }),
    withModel: (body, model) => ({ path: "/v1/rewards", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ body: { ...body as object, credit: { method } } }),
    malformed: [
      ["an unknown key", { items: [{ prompt: "a", completions: ["b"] }], temperature: 1 }],
      ["no completions", { items: [{ prompt: "a", completions: [] }] }],
    ],
    third: /items\[2\]\.completions\[0\]/,
    read(reply) {
      const { items } = reply as {
        items: { completions: { score: number; rewards: number[] }[] }[];
      };
      const completions = items.flatMap((item) => item.completions);
      return {
        scores: completions.map(({ score }) => score),
        rewards: completions.map(({ rewards }) => rewards),
      };
    },
  },
  getReward: {
    path: "/get_reward",
    templated: true,
    request: (texts) => ({
      query: texts.map(({ prompt, completion }) => prompt + completion),
      prompts: texts.map(({ prompt }) => prompt),
      labels: texts.map(() => null),
    }),
    withModel: (body, model) => ({ path: `/get_reward?model=${model}`, body }),
    withMethod: (body, method) => ({ path: `/get_reward?method=${method}`, body }),
    malformed: [
      ["a query that is no list", { query: "a" }],
      ["a query that is no text", { query: ["a", 3] }],
      ["prompts of another number", { query: ["a", "b"], prompts: ["a"] }],
    ],
    third: /query\[2\]/,
    read(reply) {
      const { rewards, token_rewards } = reply as { rewards: number[]; token_rewards: number[][] };
      return { scores: rewards, rewards: token_rewards };
    },
  },
  remoteRm: {
    path: "/rm",
    templated: true,
    single: true,
    request: ([text]) => ({ prompt: text!.prompt, response: text!.completion, label: "5" }),
    withModel: (body, model) => ({ path: `/rm?model=${model}`, body }),
    withMethod: (body, method) => ({ path: `/rm?method=${method}`, body }),
    malformed: [
      ["no response", { prompt: "a" }],
      ["a response that is no text", { prompt: "a", response: null }],
      ["an empty conversation", { prompt: [], response: "a" }],
      ["a message without a role", { prompt: [{ content: "a" }], response: "a" }],
    ],
    third: /response/,
    read(reply) {
      const { reward, token_rewards } = reply as { reward: number; token_rewards: number[] };
      return { scores: [reward], rewards: [token_rewards] };
    },
  },
  scoreEvaluation: {
    path: "/v1/score/evaluation",
    templated: true,
    whole: true,
    request: (texts) => ({
      model: "model",
      messages: texts.map(({ prompt, completion }) => prompt + completion),
    }),
    withModel: (body, model) => ({
      path: "/v1/score/evaluation",
      body: { ...body as object, model },
    }),
    withMethod: (body, method) => ({ path: `/v1/score/evaluation?method=${method}`, body }),
    malformed: [
      ["no texts", { model: "model", messages: [] }],
      ["no model", { messages: ["a"] }],
      ["conversations", { model: "model", messages: [[{ role: "user", content: "a" }]] }],
      ["a length", { model: "model", messages: ["a"], max_length: 10 }],
    ],
    third: /messages\[2\]/,
    read(reply) {
      const { scores, token_rewards } = reply as { scores: number[]; token_rewards: number[][] };
      return { scores, rewards: token_rewards };
    },
  },
  classify: {
    path: "/classify",
    whole: true,
    request: (texts) => ({
      input: texts.map(({ prompt, completion }) => prompt + completion),
      use_activation: false,
    }),
    withModel: (body, model) => ({ path: "/classify", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ path: `/classify?method=${method}`, body }),
    malformed: [
      ["no texts", { input: [] }],
      ["texts and a conversation", {
        input: "a",
        messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }],
      }],
      ["a conversation without an answer", { messages: [{ role: "user", content: "a" }] }],
      ["texts and ids", { input: ["a", 3] }],
      ["a template", { input: "a", chat_template: "{{ messages }}" }],
      ["fewer tokens", { input: "a", truncate_prompt_tokens: 8 }],
    ],
    third: /input\[2\]/,
    read(reply) {
      const { data, token_rewards } = reply as {
        data: { probs: number[] }[];
        token_rewards: number[][];
      };
      // As verl does it.
      return { scores: data.map(({ probs }) => probs.at(-1)!), rewards: token_rewards };
    },
  },
  pooling: {
    path: "/pooling",
    whole: true,
    request: (texts) => ({
      input: texts.map(({ prompt, completion }) => prompt + completion),
      task: "token_classify",
    }),
    withModel: (body, model) => ({ path: "/pooling", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ path: `/pooling?method=${method}`, body }),
    malformed: [
      ["no texts", { input: [] }],
      ["another task", { input: "a", task: "embed" }],
      ["a score per text", { input: "a", task: "classify" }],
      ["an activation", { input: "a", use_activation: true }],
      ["elements of a byte", { input: "a", embed_dtype: "fp8_e4m3" }],
      ["dimensions", { input: "a", dimensions: 8 }],
    ],
    third: /input\[2\]/,
    read(reply) {
      const { data } = reply as {
        data: { data: [number][]; score: number; completion_start: number }[];
      };
      return {
        scores: data.map(({ score }) => score),
        rewards: data.map(({ data, completion_start: start }) => data.slice(start).flat()),
      };
    },
  },
  score: {
    path: "/score",
    request: (texts) => ({
      queries: texts.map(({ prompt }) => prompt),
      documents: texts.map(({ completion }) => completion),
    }),
    withModel: (body, model) => ({ path: "/v1/score", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ path: `/score?method=${method}`, body }),
    malformed: [
      ["one text", { text_1: "a" }],
      ["halves of two pairs", { text_1: "a", documents: "b" }],
      ["fewer first texts", { text_1: ["a", "b"], text_2: ["a", "b", "c"] }],
      ["no texts", { text_1: "a", text_2: [] }],
    ],
    third: /documents\[2\]/,
    read(reply) {
      const { data, token_rewards } = reply as {
        data: { score: number }[];
        token_rewards: number[][];
      };
      return { scores: data.map(({ score }) => score), rewards: token_rewards };
    },
  },
  rerank: {
    path: "/rerank",
    request: (texts) => ({
      query: texts[0]?.prompt,
      documents: texts.map(({ completion }) => completion),
    }),
    withModel: (body, model) => ({ path: "/v2/rerank", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ path: `/rerank?method=${method}`, body }),
    malformed: [
      ["no documents", { query: "a", documents: [] }],
      ["no query", { documents: ["a"] }],
      ["a document that is no text", { query: "a", documents: [{ title: "b" }] }],
      ["less than none", { query: "a", documents: ["b"], top_n: -1 }],
    ],
    third: /documents\[2\]/,
    read(reply) {
      const { results, token_rewards } = reply as {
        results: { index: number; relevance_score: number }[];
        token_rewards: number[][];
      };
      const ordered = results.toSorted((a, b) => a.index - b.index);
      return {
        scores: ordered.map(({ relevance_score }) => relevance_score),
        rewards: token_rewards,
      };
    },
  },
  embeddings: {
    path: "/v1/embeddings",
    whole: true,
    request: (texts) => ({ input: texts.map(({ prompt, completion }) => prompt + completion) }),
    withModel: (body, model) => ({ path: "/v1/embeddings", body: { ...body as object, model } }),
    withMethod: (body, method) => ({ path: `/v1/embeddings?method=${method}`, body }),
    malformed: [["no texts", { input: [] }], ["texts and ids", { input: ["a", 3] }]],
    third: /input\[2\]/,
    read(reply) {
      const { data, token_rewards } = reply as {
        data: { embedding: number[] }[];
        token_rewards: number[][];
      };
      // As verl does it.
      return { scores: data.map(({ embedding }) => embedding.at(-1)!), rewards: token_rewards };
    },
  },
  classifyNatively: {
    path: "/classify",
    whole: true,
    request: (texts) => ({ text: texts.map(({ prompt, completion }) => prompt + completion) }),
    withModel: (body, model) => ({ path: `/classify?model=${model}`, body }),
    withMethod: (body, method) => ({ path: `/classify?method=${method}`, body }),
    malformed: [
      ["no texts", { text: [] }],
      ["no ids", { input_ids: [] }],
      ["texts and ids", { text: "a", input_ids: [1] }],
    ],
    third: /text\[2\]/,
    read(reply) {
      const answers = reply as { embedding: [number]; token_rewards: number[] }[];
      return {
        scores: answers.map(({ embedding: [score] }) => score),
        rewards: answers.map(({ token_rewards }) => token_rewards),
      };
    },
  },
  predict: {
    path: "/predict",
    statuses: teiStatuses,
    request: (texts) => ({
      inputs: texts.map(({ prompt, completion }) => [prompt, completion]),
      raw_scores: true,
    }),
    withModel: (body, model) => ({ path: `/predict?model=${model}`, body }),
    withMethod: (body, method) => ({ path: `/predict?method=${method}`, body }),
    malformed: [
      ["three texts in one input", { inputs: ["a", "b", "c"] }],
      ["an empty input", { inputs: [[]] }],
      ["a direction", { inputs: "a", truncation_direction: "Up" }],
    ],
    empty: { body: { inputs: [] }, status: 400 },
    third: /inputs\[2\]/,
    read(reply) {
      const batch = reply as { score: number; token_rewards: number[] }[][];
      return {
        scores: batch.map(([first]) => first!.score),
        rewards: batch.map(([first]) => first!.token_rewards),
      };
    },
  },
  rerankTexts: {
    path: "/rerank",
    statuses: teiStatuses,
    request: (texts) => ({
      query: texts[0]?.prompt,
      texts: texts.map(({ completion }) => completion),
      raw_scores: true,
    }),
    withModel: (body, model) => ({ path: `/rerank?model=${model}`, body }),
    withMethod: (body, method) => ({ path: `/rerank?method=${method}`, body }),
    malformed: [["a number", { query: "a", texts: [1] }], ["no query", { texts: ["a"] }]],
    empty: { body: { query: "a", texts: [] }, status: 400 },
    third: /texts\[2\]/,
    read(reply) {
      const ranks = reply as { index: number; score: number; token_rewards: number[] }[];
      const ordered = ranks.toSorted((a, b) => a.index - b.index);
      return {
        scores: ordered.map(({ score }) => score),
        rewards: ordered.map(({ token_rewards }) => token_rewards),
      };
    },
  },
  infer: {
    path: "/v2/models/fake-reward/infer",
    request: (texts) => ({
      inputs: [
        bytes("prompt", texts.map(({ prompt }) => prompt)),
        bytes("completion", texts.map(({ completion }) => completion)),
      ],
    }),
    withModel: (body, model) => ({ path: `/v2/models/${model}/infer`, body }),
    withMethod: (body, method) => ({ body: { ...body as object, parameters: { method } } }),
    malformed: [
      ["no completion", { inputs: [bytes("prompt", ["a"])] }],
      ["two completions", { inputs: [bytes("completion", ["a"]), bytes("completion", ["a"])] }],
      ["fewer prompts", { inputs: [bytes("prompt", ["a"]), bytes("completion", ["a", "b"])] }],
      ["another shape", { inputs: [{ ...bytes("completion", ["a"]), shape: [2] }] }],
      ["numbers", { inputs: [{ ...bytes("completion", ["a"]), data: [3] }] }],
      ["another type", { inputs: [{ ...bytes("completion", ["a"]), datatype: "FP32" }] }],
      ["another input", { inputs: [bytes("query", ["a"])] }],
      ["another output", { inputs: [bytes("completion", ["a"])], outputs: [{ name: "reward" }] }],
      ["another method", { inputs: [bytes("completion", ["a"])], parameters: { method: "none" } }],
    ],
    third: /inputs\[1\]\.data\[2\]/,
    read(reply) {
      const { outputs } = reply as { outputs: { name: string; shape: number[]; data: number[] }[] };
      const output = (name: string) => outputs.find((each) => each.name === name)!;
      const { shape: [, width = 0], data } = output("token_rewards");
      const counts = output("token_count").data;
      return {
        scores: output("score").data,
        rewards: counts.map((count, i) => data.slice(i * width, i * width + count)),
      };
    },
  },
};

/** A tensor of texts. */
function bytes(name: string, data: readonly string[]) {
  return { name, shape: [data.length], datatype: "BYTES", data };
}
