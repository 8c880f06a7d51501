import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher, type BatcherOptions } from "../../src/batch/batcher.ts";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { AbacusError } from "../../src/errors.ts";
import { SampleError } from "../../src/scorer/scored.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import type { CompletionReply } from "../../src/wire/reply.ts";
import { rewardReplySchema } from "../../src/wire/reply.ts";
import type { RewardRequestInput } from "../../src/wire/request.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { fakeModel, type FakeModelOptions } from "../support/fake_model.ts";
import { completionsIn, scoreEachNative, scoreNative } from "../support/native_scorer.ts";

function setUp(modelOptions: FakeModelOptions = {}, batcherOptions: BatcherOptions = {}) {
  const model = fakeModel(modelOptions);
  const clock = new FakeClock();
  const batcher = new Batcher(model.engine, { clock, ...batcherOptions });
  const scorer = createScorer(model, batcher);
  return {
    model,
    clock,
    batcher,
    scorer,
    score: (request: RewardRequestInput) => scoreNative(scorer, request),
    scoreEach: (request: RewardRequestInput) => scoreEachNative(scorer, request),
  };
}

function total(floats: CompletionReply["rewards"]): number {
  return decodeFloats(floats).reduce((sum, value) => sum + value, 0);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** One item of each form, with an empty completion, emoji and the caller's own tokens among them. */
const mixed: RewardRequestInput["items"] = [
  { prompt: "The film was", completions: [" fine.", "", "ish 🎬 noir"] },
  { messages: [{ role: "user", content: "Review it" }], completions: ["A film", ""] },
  { prompt_ids: [5, 6], completion_ids: [[7, 8, 9], []] },
  { prompt: "I", completions: [" liked it"], token_spans: [[[0, 3], [3, 6], [6, 9], [9, 9]]] },
];

Deno.test("a request becomes a reply of the documented shape, in its order", async () => {
  const reply = await setUp().score({ items: mixed });
  const whole = { ...reply, id: "r-1", model: "m", credit: { method: "abc", beta: 0.8 } };
  assert.deepEqual(rewardReplySchema().parse(whole), whole);
  assert.deepEqual(reply.items.map((item) => item.completions.length), [3, 2, 2, 1]);
});

for (const method of creditMethodNames) {
  for (const closing of [false, true]) {
    Deno.test(`law 1: ${method} rewards and offset add up to the score, ${closing ? "with" : "without"} closing tokens`, async () => {
      const { score } = setUp({ closing, steps: method === "steps" });
      for (const beta of [0, 0.3, 1]) {
        for (
          const completion of completionsIn(await score({ items: mixed, credit: { method, beta } }))
        ) {
          const paid = total(completion.rewards) + (completion.offset ?? 0);
          assert.ok(Math.abs(paid - completion.score) < 1e-9);
        }
      }
    });
  }
}

const word = fc.constantFrom(" a", "b", " film", "🎬", ".", "ish", "\n", " Ünder");
const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(""));
const ids = fc.array(fc.integer({ min: 3, max: 99 }), { minLength: 1, maxLength: 6 });
const anyItem = fc.oneof(
  fc.record({ prompt: text, completions: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    messages: text.map((content) => [{ role: "user", content }]),
    completions: fc.array(text, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ prompt_ids: ids, completion_ids: fc.array(ids, { minLength: 1, maxLength: 3 }) }),
);

Deno.test("law 2: alone, in any batch, in any order, an item gets the same score and credit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyItem, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...creditMethodNames),
      fc.integer({ min: 1, max: 60 }),
      async (items, method, maxTokens) => {
        const credit = { method, beta: 0.8 };
        const model = { closing: true, steps: method === "steps" };
        const together = await setUp(model, { limits: { maxTokens } }).score({ items, credit });
        const backwards = await setUp(model).score({ items: items.toReversed(), credit });
        const alone = await Promise.all(
          items.map((item) => setUp(model).score({ items: [item], credit })),
        );
        assert.deepEqual(together.items, alone.flatMap((reply) => reply.items));
        assert.deepEqual(together.items, backwards.items.toReversed());
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("exact duplicates get the same answer and their prompt is computed once", async () => {
  const reply = await setUp().score({ items: [{ prompt: "a b c", completions: [" d", " d"] }] });
  const [one, two] = completionsIn(reply);
  assert.deepEqual(one, two);
  assert.deepEqual(reply.usage, { tokens: 10, computed_tokens: 5, cached_tokens: 5 });
});

Deno.test("the model's own tokens come with their ids and offsets", async () => {
  const [completion] = completionsIn(
    await setUp().score({ items: [{ prompt: "a", completions: ["b 🎬"] }] }),
  );
  assert.deepEqual(completion?.offsets, [[0, 1], [1, 2], [2, 3], [2, 3], [2, 3], [2, 3]]);
  assert.equal(completion?.token_ids?.length, 6);
  assert.equal(completion?.rewards.length, 6);
});

Deno.test("the caller's tokens replace the model's, and no unit loses its part", async () => {
  const { score } = setUp();
  const completions = [" fine film"];
  const own = completionsIn(await score({ items: [{ prompt: "A", completions }] }))[0]!;
  const token_spans: [number, number][][] = [[[0, 2], [2, 5], [5, 10]]];
  const theirs = completionsIn(
    await score({ items: [{ prompt: "A", completions, token_spans }] }),
  )[0]!;
  assert.equal(theirs.token_ids, undefined);
  assert.deepEqual(theirs.offsets, token_spans[0]);
  assert.equal(theirs.score, own.score);
  const [first, second, third] = decodeFloats(theirs.credit!);
  const [fine, film] = decodeFloats(own.credit!);
  assert.ok(Math.abs(first! + second! - fine!) < 1e-12 && Math.abs(third! - film!) < 1e-12);
});

Deno.test("a caller's end-of-sequence token receives what the closing tokens have", async () => {
  const { score } = setUp({ closing: true });
  const item = { prompt: "A", completions: [" b"] };
  const without = completionsIn(await score({ items: [item] }))[0]!;
  const token_spans: [number, number][][] = [[[0, 2], [2, 2]]];
  const withEnd = completionsIn(await score({ items: [{ ...item, token_spans }] }))[0]!;
  assert.ok(withEnd.response_mass! > without.response_mass!);
  assert.ok(decodeFloats(withEnd.credit!)[1]! > 0);
});

Deno.test("ids have no characters and so no offsets", async () => {
  const reply = await setUp().score({ items: [{ prompt_ids: [3], completion_ids: [[4, 5]] }] });
  const [completion] = completionsIn(reply);
  assert.deepEqual(completion?.token_ids, [4, 5]);
  assert.equal("offsets" in completion!, false);
});

Deno.test("an empty completion gets its score, empty arrays, and the score as the part of nobody", async () => {
  const [completion] = completionsIn(
    await setUp().score({ items: [{ prompt: "a", completions: [""] }] }),
  );
  const { score, ...rest } = completion!;
  assert.equal(typeof score, "number");
  assert.deepEqual(rest, {
    rewards: [],
    credit: [],
    offset: score,
    token_ids: [],
    offsets: [],
    response_mass: 0,
    read_at: { position: 1, token_id: completion!.read_at!.token_id },
    truncated: false,
  });
});

Deno.test("red tells the prompt's own part, has no shares and reads no attention", async () => {
  const { score, model } = setUp();
  const [completion] = completionsIn(
    await score({ items: [{ prompt: "a b", completions: [" c d"] }], credit: { method: "red" } }),
  );
  const promptAlone = completionsIn(
    await score({ items: [{ prompt: "a b", completions: [""] }] }),
  )[0]!;
  assert.ok(Math.abs(completion!.offset! - 0.8 * promptAlone.score) < 1e-12);
  assert.equal("credit" in completion!, false);
  assert.equal("response_mass" in completion!, false);
  assert.deepEqual(model.engine.batches[0]?.[0]?.measure, []);
});

Deno.test("gradient pays attributions, an end-of-sequence token the closing ones', and the last the rest", async () => {
  const engine = new FakeEngine({ gradient: (ids) => Array.from(ids, (_, t) => t - 4.5) });
  const { score } = setUp({ engine, closing: true });
  const credit = { method: "gradient", beta: 1 } as const;
  const item = { prompt: "I", completions: [" liked it"] }; // bos, I, liked, it, eos
  const [own] = completionsIn(await score({ items: [item], credit }));
  assert.deepEqual(decodeFloats(own!.rewards)[0], 2 - 4.5);
  assert.ok(Math.abs(total(own!.rewards) - own!.score) < 1e-9);
  assert.equal(own!.credit, undefined);
  const spans = [[[0, 6], [6, 9], [9, 9], [9, 9]] as [number, number][]];
  const [callers] = completionsIn(
    await score({ items: [{ ...item, token_spans: spans }], credit }),
  );
  const rewards = decodeFloats(callers!.rewards);
  assert.deepEqual([...rewards.subarray(0, 3)], [2 - 4.5, 3 - 4.5, 4 - 4.5]);
  assert.ok(Math.abs(rewards[3]! - (callers!.score + 4.5)) < 1e-9);
  const { batches } = engine;
  assert.deepEqual(batches.flat().map(({ measure }) => measure), [["gradient"], ["gradient"]]);
});

Deno.test("base64 carries the same numbers as float32", async () => {
  const { score } = setUp();
  const json = completionsIn(await score({ items: mixed }));
  const base64 = completionsIn(await score({ items: mixed, encoding: "base64" }));
  for (const [i, completion] of base64.entries()) {
    assert.equal(typeof completion.rewards, "string");
    assert.equal(completion.score, json[i]!.score);
    const rounded = decodeFloats(json[i]!.rewards).map(Math.fround);
    assert.deepEqual(decodeFloats(completion.rewards), rounded);
    assert.ok(
      Math.abs(total(completion.rewards) + (completion.offset ?? 0) - completion.score) < 1e-5,
    );
  }
});

Deno.test("two labels score as their difference", async () => {
  const { score, model } = setUp({ labels: 2 });
  const [completion] = completionsIn(
    await score({ items: [{ prompt: "a", completions: [" b"] }] }),
  );
  const { outputs: [output] } = await new FakeEngine({ labels: 2 }).run(model.engine.batches[0]!);
  assert.equal(completion?.score, output!.logits[1]! - output!.logits[0]!);
});

Deno.test("attention that falls on no token is shared equally, and the reply says so", async () => {
  const engine = new FakeEngine({ attention: (ids) => Array.from(ids, (_, i) => i === 0 ? 1 : 0) });
  const reply = await setUp({ engine }).score({ items: [{ prompt: "a", completions: [" b c"] }] });
  const [completion] = completionsIn(reply);
  assert.equal(completion?.fallback, "uniform");
  assert.equal(completion?.response_mass, 0);
  assert.deepEqual(completion?.credit, [0.5, 0.5]);
});

Deno.test("a truncated sample says so", async () => {
  const item = { prompt: "a ".repeat(80), completions: [" b", "."] };
  const reply = await setUp().score({ items: [item], truncate: "left" });
  assert.deepEqual(completionsIn(reply).map((completion) => completion.truncated), [true, true]);
});

/** A request that cannot be scored, and its error. */
type Row = readonly [
  name: string,
  request: RewardRequestInput,
  error: { kind: string; path: string | undefined; message?: RegExp },
  model?: FakeModelOptions,
];

const good = { prompt: "a", completions: [" b"] };
const notANumber = new FakeEngine({ attention: (ids) => Array.from(ids, () => NaN) });
const badLogit = () => new FakeEngine({ notFinite: (ids) => ids.length === 5 });

const refused: readonly Row[] = [
  ["red of an tokenizer", { items: [good], credit: { method: "red" } }, {
    kind: "invalid_request",
    path: "credit.method",
  }, { attention: "bidirectional" }],
  ["a completion too long", {
    items: [good, { prompt: "a", completions: [" b", " c".repeat(70)] }],
  }, { kind: "too_long", path: "items[1].completions[1]" }],
  ["ids too long", {
    items: [{ prompt_ids: [3], completion_ids: [[4], Array.from({ length: 64 }, () => 3)] }],
  }, { kind: "too_long", path: "items[0].completion_ids[1]" }],
  ["an id beyond the vocabulary", {
    items: [{ prompt_ids: [3], completion_ids: [[4], [4, 70_000]] }],
  }, { kind: "invalid_request", path: "items[0].completion_ids[1][1]" }],
  ["a prompt's id beyond the vocabulary", {
    items: [good, { prompt_ids: [70_000], completion_ids: [[4]] }],
  }, { kind: "invalid_request", path: "items[1].prompt_ids[0]" }],
  ["no token at all", { items: [{ prompt_ids: [], completion_ids: [[]] }] }, {
    kind: "invalid_request",
    path: "items[0].completion_ids[0]",
  }],
  [
    "messages without a template",
    { items: [{ messages: [{ role: "user", content: "" }], completions: [""] }] },
    { kind: "invalid_request", path: "items[0].messages" },
    { chat: false },
  ],
  ["spans beyond the completion", {
    items: [{ prompt: "a", completions: ["b", "cd"], token_spans: [[[0, 1]], [[0, 1], [1, 3]]] }],
  }, { kind: "invalid_request", path: "items[0].token_spans[1][1]" }],
  ["spans that are none", { items: [{ prompt: "a", completions: ["b"], token_spans: [[]] }] }, {
    kind: "invalid_request",
    path: "items[0].token_spans[0]",
  }],
  ["logits that are not finite", { items: [good, { prompt: "a b", completions: ["", " c d"] }] }, {
    kind: "model_failure",
    path: "items[1].completions[1]",
  }, { engine: badLogit() }],
  ["attention that is not finite", { items: [good] }, {
    kind: "model_failure",
    path: "items[0].completions[0]",
    message: /the attention must be finite/,
  }, { engine: notANumber }],
];

for (const [name, request, error, model] of refused) {
  Deno.test(`refused: ${name}`, async () => {
    const { score, batcher } = setUp(model);
    await assert.rejects(score(request), { name: "AbacusError", ...error });
    assert.equal(batcher.stats.admitted, 0);
  });
}

Deno.test("a text that is too long for a gradient is refused for that, and for nothing else", async () => {
  const { score, scoreEach } = setUp({ ownPassTokens: 4 });
  const items = [{ prompt: "A film", completions: [" fine", " as good as any other"] }];
  assert.equal((await score({ items })).items[0]!.completions.length, 2);
  const credit = { method: "gradient" } as const;
  const tooLong = {
    kind: "too_long",
    path: "items[0].completions[1]",
    message: /at most 4 tokens for that \(--max-gradient-mb\): received 8/,
  };
  await assert.rejects(score({ items, credit }), tooLong);
  const each = await scoreEach({
    items: [items[0]!, { ...items[0]!, completions: [" fine"] }],
    credit,
  });
  assert.equal((each.items[0] as AbacusError).kind, "too_long");
  assert.ok(!(each.items[1] instanceof AbacusError));
});

Deno.test("a request that cannot be encoded whole is not computed at all", async () => {
  const { score, model } = setUp();
  await assert.rejects(score({ items: [good, { prompt: "", completions: ["a ".repeat(99)] }] }));
  assert.equal(model.engine.batches.length, 0);
});

Deno.test("each for itself: an item that fails leaves its error in its place, the others score", async () => {
  const { scoreEach, score } = setUp({ engine: badLogit() });
  const bad = { prompt: "a b", completions: ["", " c d"] };
  const long = { prompt: "a", completions: ["a ".repeat(99)] };
  const reply = await scoreEach({ items: [good, bad, long, good] });
  const [first, second, third, last] = reply.items;
  assert.ok(second instanceof AbacusError && third instanceof AbacusError);
  assert.deepEqual([second.kind, second.path], ["model_failure", "items[1].completions[1]"]);
  assert.deepEqual([third.kind, third.path], ["too_long", "items[2].completions[0]"]);
  const alone = await score({ items: [good] });
  assert.deepEqual([first, last], [alone.items[0], alone.items[0]]);
});

Deno.test("each for itself: what concerns the whole request is thrown", async () => {
  const { scoreEach } = setUp({}, { limits: { maxQueued: 1 } });
  const credit = { method: "red" } as const;
  const encoder = setUp({ attention: "bidirectional" });
  await assert.rejects(encoder.scoreEach({ items: [good], credit }), { path: "credit.method" });
  await assert.rejects(scoreEach({ items: [good, good] }), { kind: "too_large" });
});

Deno.test("admission is decided before a single token is made", async () => {
  const { model, batcher } = setUp({}, { limits: { maxQueued: 3 } });
  let encoded = 0;
  const encode: typeof model.tokenizer.encode = (samples, truncation) => {
    encoded += samples.length;
    return model.tokenizer.encode(samples, truncation);
  };
  const scorer = createScorer({ ...model, tokenizer: { ...model.tokenizer, encode } }, batcher);
  model.engine.hold();
  const first = scoreNative(scorer, { items: [good, good] });
  const second = scoreNative(scorer, { items: [good, good] });
  await assert.rejects(second, { kind: "overloaded" });
  assert.equal(encoded, 2);
  model.engine.release();
  await first;
  await scoreNative(scorer, { items: [good, good, good] });
});

Deno.test("a deadline and a caller who leaves end the call, without a place in the request", async () => {
  const { scorer, model, clock, batcher } = setUp();
  model.engine.hold();
  const caller = new AbortController();
  const request = { items: [good] };
  const late = scoreNative(scorer, request, { deadlineMs: 30 });
  const gone = scoreNative(scorer, request, { signal: caller.signal });
  await settle();
  clock.advance(30);
  caller.abort();
  await assert.rejects(late, { kind: "deadline_exceeded", path: undefined });
  await assert.rejects(gone, { kind: "cancelled", path: undefined });
  model.engine.release();
  await batcher.drain();
});

Deno.test("the reply says what was asked, what was computed and how long it took", async () => {
  const engine = new FakeEngine({ inferenceMs: 7 });
  const { score, clock, model } = setUp({ engine }, { limits: { maxTokens: 6 } });
  engine.hold();
  const scoring = score({ items: [{ prompt: "a b c", completions: [" d", " e", " f g"] }] });
  await settle();
  clock.advance(20);
  engine.release();
  const reply = await scoring;
  // Four prompt tokens once and two completions, then the third completion with its prompt.
  assert.deepEqual(model.engine.batches.map((batch) => batch.length), [2, 1]);
  assert.deepEqual(reply.usage, { tokens: 16, computed_tokens: 12 });
  assert.deepEqual(reply.timing_ms, { tokenize: 0, queue: 13, inference: 14 });
});

Deno.test("requests that share a batch share its cost, and together pay all of it", async () => {
  const { score, model } = setUp();
  const replies = await Promise.all([
    score({ items: [{ prompt: "a b c", completions: [" d"] }] }),
    score({ items: [{ prompt: "a b c", completions: [" e"] }] }),
  ]);
  assert.equal(model.engine.batches.length, 1);
  assert.deepEqual(replies.map((reply) => reply.usage), [
    { tokens: 5, computed_tokens: 3 },
    { tokens: 5, computed_tokens: 3 },
  ]);
});

Deno.test("the scorer itself answers in numbers, and says which sample an error is about", async () => {
  const { scorer } = setUp();
  const request = {
    samples: [
      { kind: "ids", promptIds: [5], completionIds: [6, 7] },
      { kind: "plain", prompt: "A", completion: " film", spans: [[0, 2], [2, 5]] },
    ],
    credit: { method: "abc", beta: 0.8 },
    truncation: "none",
  } as const;
  const { completions: [ids, spans], cost } = await scorer.score(request);
  assert.deepEqual([ids!.tokenIds, ids!.offsets], [Int32Array.of(6, 7), undefined]);
  assert.deepEqual([spans!.tokenIds, spans!.offsets], [undefined, [[0, 2], [2, 5]]]);
  assert.ok(spans!.rewards instanceof Float64Array && spans!.shares instanceof Float64Array);
  assert.equal(cost.tokens, 6);
  const bad = { kind: "ids", promptIds: [5], completionIds: [6, 70_000] } as const;
  const failing = scorer.score({ ...request, samples: [...request.samples, bad] });
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof SampleError);
    assert.deepEqual([error.sample, error.path], [2, "completion_ids[1]"]);
    return true;
  });
});

Deno.test("no samples are answered by nothing, at no cost", async () => {
  const { scorer, model } = setUp();
  const credit = { method: "abc", beta: 0.8 };
  const { completions, cost } = await scorer.score({ samples: [], credit, truncation: "none" });
  assert.deepEqual(completions, []);
  assert.deepEqual([cost.tokens, cost.computedTokens, cost.inferenceMs], [0, 0, 0]);
  assert.equal(model.engine.batches.length, 0);
});
