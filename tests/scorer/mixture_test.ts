import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher, type BatcherLimits } from "../../src/batch/batcher.ts";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { scoredRecord } from "../../src/http/request_record.ts";
import { loadModel } from "../../src/model/load_model.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import { createMixture, type Member } from "../../src/scorer/mixture.ts";
import { SampleError, type ScoredCompletion, type ScoreSample } from "../../src/scorer/scored.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fakeModel } from "../support/fake_model.ts";
import { goldenDirectory } from "../support/golden_model.ts";

/** A member with a queue of its own. */
function member(model: LoadedModel, weight: number, limits: Partial<BatcherLimits> = {}): Member {
  return { model, weight, batcher: new Batcher(model.engine, { limits }) };
}

/** A fake model whose tokens are others: letters by the character. */
function lettered(name: string): LoadedModel {
  const model = fakeModel({ name, context: 256 });
  const { encode } = model.tokenizer;
  const spelt = (text: string) => text.replaceAll(/[a-z]/g, (letter) => `_${letter}`);
  return {
    ...model,
    tokenizer: {
      ...model.tokenizer,
      tokenOf: (id) => `letter ${id}`,
      // Written with a sign before each letter, and told in the places of the text itself.
      async encode(samples, truncation, close) {
        const written = samples.map((sample) =>
          sample.kind === "ids" ? sample : { ...sample, completion: spelt(sample.completion) }
        );
        const encodings = await encode(written, truncation, close);
        return encodings.map((encoding, i) => {
          const sample = samples[i]!;
          if (encoding instanceof Error || sample.kind === "ids") return encoding;
          const before: number[] = [0];
          for (const [at, sign] of Array.from(spelt(sample.completion)).entries()) {
            const added = sign === "_" && !Array.from(sample.completion).includes("_") ? 0 : 1;
            before[at + 1] = before[at]! + added;
          }
          return {
            ...encoding,
            offsets: encoding.offsets.map(([start, end]) =>
              [before[start]!, before[end]!] as const
            ),
            completionLength: Array.from(sample.completion).length,
          };
        });
      },
    },
  };
}

const plain = (completion: string, prompt = "The film"): ScoreSample => ({
  kind: "plain",
  prompt,
  completion,
});
const request = (samples: readonly ScoreSample[], method?: string) => ({
  samples,
  credit: { method, beta: 0.8 },
  truncation: "none" as const,
});

function assertSums({ score, rewards, offset = 0 }: ScoredCompletion, size: number): void {
  const total = rewards.reduce((sum, each) => sum + each, offset);
  assert.ok(Math.abs(total - score) <= 1e-5 * Math.max(1, size), `${total} is not ${score}`);
}

function near(found: number, expected: number): void {
  assert.ok(
    Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${found}, expected ${expected}`,
  );
}

Deno.test("units of members with other tokens are the same stretches of the text", async () => {
  const members = [member(fakeModel({ name: "one" }), 0.7), member(lettered("two"), -0.4)];
  const scorer = createMixture("both", members);
  const samples = [plain(" was fun, and warm. It is long."), plain("")];
  for (const method of ["abc", "red", "occlusion"]) {
    for (const pay of ["last", "spread"] as const) {
      const credit = { method, beta: 0.8, unit: "clause" as const, pay };
      const { completions } = await scorer.score({ samples, credit, truncation: "none" });
      const [{ units = [], rewards, score, offset = 0 }] = completions as [ScoredCompletion];
      assert.deepEqual(units.map(({ characters }) => characters), [[0, 10], [10, 20], [20, 31]]);
      for (const { tokens, reward } of units) {
        near(reward, rewards.subarray(...tokens).reduce((sum, each) => sum + each, 0));
        if (pay === "last") {
          assert.ok(rewards.subarray(tokens[0], tokens[1] - 1).every((r) => r === 0));
        }
      }
      near(units.reduce((sum, { reward }) => sum + reward, offset), score);
    }
  }
});

const methods = [
  "abc",
  "red",
  "gradient",
  "integrated",
  "occlusion",
  "rollout",
  "uniform",
  "terminal",
];

Deno.test("score and rewards are the weighted sums, whatever the tokens, the method and the weights", async () => {
  const weight = fc.double({ min: -3, max: 3, noNaN: true }).filter((each) => each !== 0);
  const text = fc.stringMatching(/^[a-zA-Z .!\u00e9\u{1f600}]{0,12}$/u);
  const property = fc.asyncProperty(
    fc.tuple(weight, weight, weight),
    fc.array(text, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(...methods),
    async ([one, two, three], texts, method) => {
      const members = [
        member(fakeModel({ name: "one", context: 256 }), one),
        member(fakeModel({ name: "two", context: 256 }), two),
        member(lettered("three"), three),
      ];
      const samples = texts.map((each) => plain(each));
      const mixture = createMixture("all", members);
      const { completions } = await mixture.score(request(samples, method));
      for (const [at, completion] of completions.entries()) {
        const { offsets: spans = [] } = completion;
        const sample = spans.length === 0 ? samples[at]! : { ...samples[at]!, spans };
        let score = 0;
        const rewards = completion.rewards.map(() => 0);
        for (const [i, { model, batcher, weight }] of members.entries()) {
          const asked = i === 2 ? sample : samples[at]!;
          const { completions: [own] } = await createScorer(model, batcher)
            .score(request([asked], method));
          near(completion.members![i]!.score, own!.score);
          score += weight * own!.score;
          if (spans.length > 0) own!.rewards.forEach((each, t) => rewards[t]! += weight * each);
        }
        near(completion.score, score);
        completion.rewards.forEach((reward, token) => near(reward, rewards[token]!));
        const sizes = members.map(({ weight }, i) => weight * completion.members![i]!.score);
        assertSums(completion, sizes.reduce((sum, each) => sum + Math.abs(each), 0));
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("real models of different tokenizers add up, for every method that both have", async () => {
  await using gpt2 = await loadModel(goldenDirectory("gpt2"), { threads: 1 });
  await using llama = await loadModel(goldenDirectory("llama"), { threads: 1 });
  await using bert = await loadModel(goldenDirectory("bert"), { threads: 1 });
  const samples = [" was good. It was fun.", " bad \u{1f600}!", "", "n"].map((each) => plain(each));
  for (const models of [[gpt2, llama], [gpt2, bert], [bert, llama]]) {
    const mixture = createMixture(
      "both",
      models.map((model, i) => member(model, i === 0 ? 0.7 : -0.4)),
    );
    for (const { name } of mixture.facts.methods) {
      const { completions } = await mixture.score(request(samples, name));
      for (const [at, completion] of completions.entries()) {
        assertSums(completion, 1);
        const { completions: [alone] } = await mixture.score(request([samples[at]!], name));
        assert.equal(completion.rewards.length, alone!.rewards.length);
        completion.rewards.forEach((reward, token) =>
          assert.ok(Math.abs(reward - alone!.rewards[token]!) < 1e-5, name)
        );
      }
    }
  }
  const names = createMixture("both", [member(gpt2, 1), member(bert, 1)]).facts.methods;
  assert.deepEqual(names.map(({ name }) => name).includes("red"), false, "BERT has no prefixes");
});

Deno.test("members with the same tokens are added up token by token, ids included", async () => {
  await using gpt2 = await loadModel(goldenDirectory("gpt2"), { threads: 1 });
  await using llama = await loadModel(goldenDirectory("llama"), { threads: 1 });
  const members = [member(gpt2, 2), member(llama, -0.5)];
  const ids: ScoreSample = { kind: "ids", promptIds: [5, 6], completionIds: [7, 8, 9] };
  const { completions: [mixed] } = await createMixture("both", members).score(request([ids]));
  const [one, two] = await Promise.all(
    members.map(async ({ model, batcher }) =>
      (await createScorer(model, batcher).score(request([ids]))).completions[0]!
    ),
  );
  mixed!.rewards.forEach((reward, token) =>
    near(reward, 2 * one!.rewards[token]! - 0.5 * two!.rewards[token]!)
  );
  const shares = mixed!.shares!;
  shares.forEach((share, token) =>
    near(share, (2 * one!.shares![token]! - 0.5 * two!.shares![token]!) / 1.5)
  );
  near(shares.reduce((sum, each) => sum + each, 0), 1);
  assert.deepEqual(mixed!.tokenIds, Int32Array.of(7, 8, 9));
});

Deno.test("ids that members cut to different lengths keep the law of the sum", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.integer({ min: 300, max: 320 }), { minLength: 1, maxLength: 12 }),
    fc.tuple(fc.integer({ min: 3, max: 16 }), fc.integer({ min: 3, max: 16 })),
    fc.constantFrom(...methods),
    fc.constantFrom("token" as const, "sentence" as const),
    async (completionIds, contexts, method, unit) => {
      const members = contexts.map((context, i) =>
        member(fakeModel({ name: `of ${i}`, context }), i === 0 ? 0.7 : 0.4)
      );
      const { completions: [mixed] } = await createMixture("both", members).score({
        samples: [{ kind: "ids", promptIds: [300, 301], completionIds }],
        credit: { method, beta: 0.8, unit },
        truncation: "right",
      });
      const { rewards, tokenIds, score, units = [], offset = 0 } = mixed!;
      assertSums(mixed!, 1);
      const kept = Math.min(completionIds.length, Math.max(...contexts) - 2);
      assert.deepEqual(tokenIds, Int32Array.from(completionIds.slice(0, kept)));
      assert.equal(rewards.length, kept);
      if (unit === "sentence") near(units.reduce((sum, { reward }) => sum + reward, offset), score);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("ids are refused where they are other tokens to some member", async () => {
  const mixture = createMixture("both", [member(fakeModel(), 1), member(lettered("three"), 1)]);
  const ids: ScoreSample = { kind: "ids", promptIds: [5], completionIds: [7] };
  await assert.rejects(mixture.score(request([ids])), {
    kind: "invalid_request",
    message:
      "Cannot score ids as the members of 'both' have vocabularies of their own, in which an " +
      "id is another token: received ids for 'fake-reward' and 'three'",
  });
});

Deno.test("the caller's own tokens are those of every member", async () => {
  const members = [member(fakeModel(), 1), member(lettered("three"), 2)];
  const spans = [[0, 2], [2, 9], [9, 9]] as const;
  const { completions: [mixed] } = await createMixture("both", members)
    .score(request([{ ...plain(" was good"), spans }], "red"));
  assert.deepEqual([mixed!.rewards.length, mixed!.offsets, mixed!.tokenIds], [3, spans, undefined]);
  assertSums(mixed!, 1);
});

Deno.test("a method that a member cannot apply is refused by the member's name", async () => {
  const bidirectional = fakeModel({ name: "both-ways", attention: "bidirectional" });
  const mixture = createMixture("mixed", [member(fakeModel(), 1), member(bidirectional, 1)]);
  await assert.rejects(mixture.score(request([plain(" good")], "red")), {
    kind: "invalid_request",
    path: "credit.method",
    message: /causal model: received the family fake \(by 'both-ways', of 'mixed'\)$/,
  });
  const offered = mixture.facts.methods.map(({ name }) => name);
  for (const name of creditMethodNames) {
    const asked = mixture.score(request([plain(" good")], name));
    if (offered.includes(name)) await asked;
    else await assert.rejects(asked, { kind: "invalid_request" });
  }
});

Deno.test("process reward models mix with others, in whole completions", async () => {
  const members = [member(fakeModel({ name: "steps", steps: true }), 1), member(fakeModel(), 1)];
  const mixture = createMixture("both", members);
  const { completions: [mixed], credit } = await mixture.score(request([plain(" good\n bad")]));
  assert.deepEqual([mixed!.steps, credit.method, mixture.facts.task], [
    undefined,
    mixture.facts.methods[0]!.name,
    "sequence",
  ]);
  assertSums(mixed!, 1);
});

Deno.test("an error about a sample names the member, and nothing is computed for anyone", async () => {
  const small = fakeModel({ name: "small", context: 4 });
  const members = [member(fakeModel({ name: "large" }), 1), member(small, 1)];
  const mixture = createMixture("both", members);
  const samples = [plain(" good"), plain(" a b c d e")];
  await assert.rejects(mixture.score(request(samples)), (error: unknown) => {
    assert.ok(error instanceof SampleError);
    assert.deepEqual([error.kind, error.sample], ["too_long", 1]);
    assert.match(error.message, / \(by 'small', of 'both'\)$/);
    return true;
  });
  for (const { batcher } of members) assert.equal(batcher.stats.lastBatch, undefined);
  const { completions: [good, long] } = await mixture.scoreEach(request(samples));
  assert.ok(!(good instanceof Error) && long instanceof SampleError);
  assert.deepEqual(members.map(({ batcher }) => batcher.stats.lastBatch?.sequences), [1, 1]);
  assert.equal(mixture.facts.context, 4);
});

Deno.test("places are taken with all members or with none", async () => {
  const members = [
    member(fakeModel({ name: "large" }), 1),
    member(fakeModel({ name: "small" }), 1, { maxQueued: 1 }),
  ];
  const mixture = createMixture("both", members);
  await assert.rejects(mixture.score(request([plain(" a"), plain(" b")])), {
    kind: "too_large",
    message: / \(by 'small', of 'both'\)$/,
  });
  assert.deepEqual(members.map(({ batcher }) => batcher.stats.admitted), [0, 0]);
  const held = members[1]!.batcher.admit(1);
  await assert.rejects(mixture.score(request([plain(" a")])), { kind: "overloaded" });
  assert.deepEqual(members.map(({ batcher }) => batcher.stats.admitted), [0, 1]);
  held[Symbol.dispose]();
  const scored = mixture.score(request([plain(" a")]));
  assert.deepEqual(members.map(({ batcher }) => batcher.stats.admitted), [1, 1]);
  await scored;
  assert.deepEqual(members.map(({ batcher }) => batcher.stats.admitted), [0, 0]);
});

Deno.test("what a mixture costs is what its members cost, and each stage has its time", async () => {
  const clock = new FakeClock();
  const members = [fakeModel({ name: "large" }), fakeModel({ name: "small", context: 4 })].map(
    (model): Member => {
      const score = (...said: Parameters<LoadedModel["score"]>) => {
        clock.advance(3); // spent on credit, once for each completion and member
        return model.score(...said);
      };
      const batcher = new Batcher(model.engine, { clock });
      return { model: { ...model, score }, weight: 1, batcher };
    },
  );
  const asked = { ...request([plain(" good"), plain(" a b c")]), truncation: "right" } as const;
  const mixed = await createMixture("both", members).score(asked);
  const alone = await Promise.all(
    members.map(({ model, batcher }) => createScorer(model, batcher).score(asked)),
  );
  for (const name of ["tokens", "computedTokens", "inferenceMs"] as const) {
    assert.equal(mixed.cost[name], alone[0]!.cost[name] + alone[1]!.cost[name], name);
  }
  assert.equal(mixed.cost.creditMs, 12);
  const served = { model: "both", readMs: 0, writeMs: 0 };
  const { completions, truncated, stages } = scoredRecord(mixed, served);
  assert.deepEqual([completions, truncated, stages.credit], [2, 1, 12]);
  assert.deepEqual(mixed.completions.map(({ truncated }) => truncated), [false, true]);
});

Deno.test("whoever leaves leaves all members, and one deadline is for all", async () => {
  const members = [member(fakeModel({ name: "a" }), 1), member(fakeModel({ name: "b" }), 1)];
  const mixture = createMixture("both", members);
  const asked = request([plain(" a")]);
  await assert.rejects(mixture.score(asked, { signal: AbortSignal.abort() }), {
    kind: "cancelled",
  });
  await assert.rejects(mixture.score(asked, { deadlineMs: -1 }), {
    kind: "deadline_exceeded",
    message: /^[^(]*$/,
  });
  for (const { batcher } of members) {
    const { admitted, waiting, lastBatch } = batcher.stats;
    assert.deepEqual([admitted, waiting, lastBatch], [0, 0, undefined]);
  }
});
