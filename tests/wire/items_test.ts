import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { SampleError, type ScoredCompletion } from "../../src/scorer/scored.ts";
import { costReply, itemReplies, placedError, samplesOf } from "../../src/wire/items.ts";
import type { RewardItem } from "../../src/wire/request.ts";

const items: readonly RewardItem[] = [
  { prompt: "p", completions: ["a", "b"], token_spans: [[[0, 1]], [[0, 0], [0, 1]]] },
  { messages: [{ role: "user", content: "hi" }], completions: ["c"], steps: [[[0, 1]]] },
  { prompt_ids: [1], completion_ids: [[2], [3, 4]] },
];

Deno.test("every completion is a sample, with its prompt and its spans", () => {
  const messages = [{ role: "user", content: "hi" }];
  assert.deepEqual(samplesOf(items), [
    { kind: "plain", prompt: "p", completion: "a", spans: [[0, 1]], steps: undefined },
    { kind: "plain", prompt: "p", completion: "b", spans: [[0, 0], [0, 1]], steps: undefined },
    { kind: "chat", messages, completion: "c", spans: undefined, steps: [[0, 1]] },
    { kind: "ids", promptIds: [1], completionIds: [2] },
    { kind: "ids", promptIds: [1], completionIds: [3, 4] },
  ]);
});

Deno.test("completions of one conversation share it as templates read it", () => {
  const [first, second] = samplesOf([{
    messages: [
      { role: "user", content: [{ type: "text", text: "a" }, { type: "text", text: "b" }] },
      { role: "assistant", content: null, tool_calls: [{ id: "1" }], name: null },
    ],
    completions: ["c", "d"],
  }]);
  assert.ok(first?.kind === "chat" && second?.kind === "chat");
  assert.equal(first.messages, second.messages);
  assert.deepEqual(first.messages, [
    { role: "user", content: "ab" },
    { role: "assistant", tool_calls: [{ id: "1" }] },
  ]);
});

const rows: readonly (readonly [sample: number, path: string | undefined, placed: string])[] = [
  [1, undefined, "items[0].completions[1]"],
  [1, "completion", "items[0].completions[1]"],
  [1, "prompt", "items[0].prompt"],
  [1, "token_spans", "items[0].token_spans[1]"],
  [1, "token_spans[7]", "items[0].token_spans[1][7]"],
  [2, "messages[2].content", "items[1].messages[2].content"],
  [4, undefined, "items[2].completion_ids[1]"],
  [4, "completion_ids[5]", "items[2].completion_ids[1][5]"],
  [4, "prompt_ids[0]", "items[2].prompt_ids[0]"],
];

for (const [sample, path, placed] of rows) {
  Deno.test(`${path ?? "no path"} of sample ${sample} is ${placed} of the request`, () => {
    const cause = new Error("below");
    const inner = new AbacusError("too_long", "Cannot encode", { cause, path });
    const error = placedError(new SampleError(inner, sample), items);
    const { kind, message } = error;
    assert.deepEqual({ kind, message, path: error.path }, {
      kind: "too_long",
      message: "Cannot encode",
      path: placed,
    });
    assert.equal(error.cause, cause);
  });
}

Deno.test("an error that concerns the request as a whole gets no place", () => {
  const error = new AbacusError("overloaded", "Cannot score", { retryAfterS: 3 });
  assert.equal(placedError(error, items), error);
});

const plain: ScoredCompletion = {
  score: 2,
  rewards: Float64Array.of(0.5, 1.5),
  tokenIds: Int32Array.of(2, 3),
  offsets: [[0, 1], [1, 4]],
  truncated: true,
};

/** The reply to one completion as it was scored. */
function replyTo(completion: ScoredCompletion, encoding: "json" | "base64" = "json") {
  const [reply] = itemReplies([{ prompt: "p", completions: ["abcd"] }], [completion], encoding);
  return reply instanceof AbacusError ? reply : reply!.completions[0]!;
}

Deno.test("a reply holds what was scored and no field that is absent there", () => {
  assert.deepEqual(replyTo(plain), {
    score: 2,
    rewards: [0.5, 1.5],
    token_ids: [2, 3],
    offsets: [[0, 1], [1, 4]],
    truncated: true,
  });
});

Deno.test("a reply holds shares, offset, mass, place and fallback where there are any", () => {
  assert.deepEqual(
    replyTo({
      ...plain,
      shares: Float64Array.of(0.25, 0.75),
      offset: 0,
      responseMass: 0.5,
      readAt: { position: 7, tokenId: 3 },
      fallback: "uniform",
    }),
    {
      score: 2,
      rewards: [0.5, 1.5],
      credit: [0.25, 0.75],
      offset: 0,
      token_ids: [2, 3],
      offsets: [[0, 1], [1, 4]],
      response_mass: 0.5,
      read_at: { position: 7, token_id: 3 },
      truncated: true,
      fallback: "uniform",
    },
  );
});

Deno.test("a number that float32 cannot hold is an error in its item's place, not an infinity", () => {
  const reply = replyTo({ ...plain, rewards: Float64Array.of(1e300, -1e300) }, "base64");
  assert.ok(reply instanceof AbacusError);
  assert.deepEqual([reply.kind, reply.path], ["model_failure", "items[0].completions[0]"]);
});

Deno.test("completions gather into items, and an item with a failed one is its first error", () => {
  const asked: RewardItem[] = [
    { prompt: "p", completions: ["a", "b"] },
    { prompt: "q", completions: ["c", "d", "e"] },
    { prompt: "r", completions: ["f"] },
  ];
  const scored = (score: number): ScoredCompletion => ({
    score,
    rewards: Float64Array.of(),
    truncated: false,
  });
  const failed = (sample: number) =>
    new SampleError(new AbacusError("too_long", `Cannot encode ${sample}`), sample);
  const results = [scored(0), scored(1), scored(2), failed(3), failed(4), scored(5)];
  const [first, second, third] = itemReplies(asked, results, "json");
  const reply = (score: number) => ({ score, rewards: [], truncated: false });
  assert.deepEqual(first, { completions: [reply(0), reply(1)] });
  assert.ok(second instanceof AbacusError);
  assert.deepEqual([second.message, second.path], ["Cannot encode 3", "items[1].completions[1]"]);
  assert.deepEqual(third, { completions: [reply(5)] });
});

Deno.test("times are given to the microsecond", () => {
  const cost = { tokens: 15, computedTokens: 10, tokenizeMs: 0.1239, queueMs: 6.54321 };
  assert.deepEqual(costReply({ ...cost, inferenceMs: 7.0004 }), {
    usage: { tokens: 15, computed_tokens: 10 },
    timing_ms: { tokenize: 0.124, queue: 6.543, inference: 7 },
  });
  const reusedTokens = { inFlight: 2, kept: 3 };
  assert.deepEqual(costReply({ ...cost, inferenceMs: 7, reusedTokens }).usage, {
    tokens: 15,
    computed_tokens: 10,
    cached_tokens: 5,
  });
});
