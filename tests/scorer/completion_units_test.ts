import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher } from "../../src/batch/batcher.ts";
import { methodsFor } from "../../src/credit/choice.ts";
import { isOfText, paidTo } from "../../src/scorer/completion_units.ts";
import type { CreditRequest } from "../../src/scorer/scored_credit.ts";
import type { ScoredCompletion, ScoreSample } from "../../src/scorer/scored.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import type { Span } from "../../src/text/encoding.ts";
import type { UnitRule } from "../../src/text/unit_rule.ts";
import { fakeModel } from "../support/fake_model.ts";
import { assertClose } from "../support/golden_model.ts";

const prompt = "It is";
const completion = " fun, and warm. It is long. Go";
const text: ScoreSample = { kind: "plain", prompt, completion };
/** A caller's tokens of five characters each, and one for the end. */
const spans: readonly Span[] = [...Array(6).keys()].map((
  i,
): Span => [5 * i, Math.min(30, 5 * i + 5)]);
const samples: readonly ScoreSample[] = [
  text,
  { ...text, spans: [...spans, [30, 30]] },
  { kind: "chat", messages: [{ role: "user", content: "Is it?" }], completion },
  { kind: "ids", promptIds: [7], completionIds: [11, 15, 21, 22, 25, 30] }, // every fifth ends one
  { ...text, completion: "" },
];

async function scored(credit: CreditRequest, some = samples) {
  const model = fakeModel();
  const scorer = createScorer(model, new Batcher(model.engine));
  const { completions, credit: said } = await scorer.score({
    samples: some,
    credit,
    truncation: "none",
  });
  return { completions, said, queries: model.engine.batches.flat() };
}

/** Units are in order, hold every reward once, and have their tokens' sum. */
function assertUnits({ rewards, units = [], score, offset = 0 }: ScoredCompletion): void {
  assert.deepEqual(
    units.map(({ tokens: [start] }) => start),
    [0, ...units.map(({ tokens: [, end] }) => end)].slice(0, units.length),
  );
  assert.equal(units.at(-1)?.tokens[1] ?? 0, rewards.length);
  for (const { tokens, reward } of units) {
    assert.ok(tokens[0] < tokens[1]);
    assert.equal(reward, paidTo(tokens, rewards));
  }
  const total = units.reduce((sum, { reward }) => sum + reward, offset);
  assert.ok(
    Math.abs(total - score) < 1e-9 * Math.max(1, Math.abs(score)),
    `${total} is not ${score}`,
  );
}

Deno.test("units come back as ranges of tokens and of characters, whose tokens earn", async () => {
  const { completions: [whole, callers, , ids, empty] } = await scored({
    method: "red",
    beta: 1,
    unit: "sentence",
  });
  assert.deepEqual(whole!.units?.map(({ characters }) => characters), [[0, 16], [16, 28], [
    28,
    30,
  ]]);
  // " fun" "," " and" " warm" "." / " It" " is" " long" "." / " Go": the space begins a word.
  assert.deepEqual(whole!.units?.map(({ tokens }) => tokens), [[0, 5], [5, 9], [9, 10]]);
  assert.deepEqual(callers!.units?.map(({ tokens }) => tokens), [[0, 3], [3, 5], [5, 7]]);
  assert.deepEqual(ids!.units?.map(({ tokens }) => tokens), [[0, 2], [2, 5], [5, 6]]);
  assert.deepEqual(empty!.units, []);
});

Deno.test("the laws hold for every method, unit and pay, for texts, ids and a caller's tokens", async () => {
  const methods = methodsFor({ family: "llama", attention: "causal" }).map(({ name }) => name);
  const unit = fc.constantFrom<UnitRule>("clause", "sentence", "line", "step", { separator: " " });
  const pay = fc.constantFrom("last", "spread");
  const beta = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...methods),
      unit,
      pay,
      beta,
      async (method, unit, pay, beta) => {
        const { completions, said } = await scored({ method, beta, unit, pay });
        assert.deepEqual(said, { method, beta, unit, pay });
        completions.forEach(assertUnits);
        for (const { rewards, units = [] } of completions) {
          if (pay === "spread") continue;
          const ends = new Set(units.map(({ tokens: [, end] }) => end - 1));
          assert.ok(rewards.every((reward, token) => reward === 0 || ends.has(token)));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("red reads the score once per unit, and not at every token", async () => {
  const rows = async (unit: UnitRule) =>
    (await scored({ method: "red", beta: 1, unit }, [text])).queries[0]!.rows.length;
  assert.deepEqual([await rows("token"), await rows("sentence"), await rows("clause")], [
    1 + 10,
    1 + 3,
    1 + 4,
  ]);
});

Deno.test("credit of a unit is what its tokens have by themselves, where a method adds up", async () => {
  for (const method of ["red", "gradient", "abc", "rollout"]) {
    const [{ completions: [tokens] }, { completions: [units] }] = [
      await scored({ method, beta: 1 }, [text]),
      await scored({ method, beta: 1, unit: "sentence" }, [text]),
    ];
    for (const { tokens: range, reward } of units!.units!) {
      assert.ok(Math.abs(reward - paidTo(range, tokens!.rewards)) < 1e-9, method);
    }
  }
});

Deno.test("a window spreads what tokens earn and has no ranges", async () => {
  const { completions: [smooth], said } = await scored({
    method: "uniform",
    beta: 1,
    unit: { window: 2 },
  }, [text]);
  assert.deepEqual([smooth!.units, said.unit], [undefined, { window: 2 }]);
  const total = smooth!.rewards.reduce((sum, reward) => sum + reward, 0);
  assert.ok(Math.abs(total - smooth!.score) < 1e-9);
});

Deno.test("what was not read, or left out, belongs to no unit and earns nothing", async () => {
  const { completions: [cut] } = await scored({ method: "uniform", beta: 1, unit: "sentence" }, [{
    kind: "ids",
    promptIds: [7],
    completionIds: [11, 15, 21],
  }]);
  assertUnits(cut!);
});

Deno.test("steps of a process reward model are its own, those of others are found in the text", () => {
  const steps = { text: "", reduction: "mean" } as const;
  assert.deepEqual([isOfText("step", { steps }), isOfText("step", {})], [false, true]);
  assert.deepEqual([isOfText("token", {}), isOfText("line", { steps })], [false, true]);
});

Deno.test("a model that scores steps is paid by its steps, spread over them where asked", async () => {
  const model = fakeModel({ steps: true });
  const scorer = createScorer(model, new Batcher(model.engine));
  const { completions: [answer] } = await scorer.score({
    samples: [{ kind: "plain", prompt: "Go", completion: " one\n two and\n three" }],
    credit: { beta: 1, unit: "step", pay: "spread" },
    truncation: "none",
  });
  assertUnits(answer!);
  assert.equal(answer!.units!.length, answer!.steps!.length);
  for (const [i, { tokens: [start, end] }] of answer!.units!.entries()) {
    const { rewards, steps } = answer!;
    assert.equal(steps![i]!.end, end - 1);
    assert.ok(rewards.subarray(start, end).every((each) => each === rewards[start]));
  }
});

Deno.test("steps end at the caller's tokens, of which those that a template left out are counted too", async () => {
  const thought = "hm, ";
  const completion = `${thought} one\n two and\n three`;
  const model = fakeModel({ steps: true });
  const { encode } = model.tokenizer;
  const templated: typeof model = {
    ...model,
    tokenizer: {
      ...model.tokenizer,
      async encode(samples, ...settings) {
        const cut = samples.map((each) => ({
          ...each,
          completion: completion.slice(thought.length),
        }));
        const encodings = await encode(cut as typeof samples, ...settings);
        return encodings.map((each) =>
          each instanceof Error ? each : {
            ...each,
            dropped: [[0, thought.length]],
            offsets: each.offsets.map((
              [start, end],
            ) => [start + thought.length, end + thought.length]),
            completionLength: completion.length,
          }
        );
      },
    },
  };
  const spans: [number, number][] = [[0, 2], [2, 4], [4, 9], [9, 17], [17, completion.length]];
  const { completions: [answer] } = await createScorer(templated, new Batcher(model.engine)).score({
    samples: [{ kind: "plain", prompt: "Go", completion, spans }],
    credit: { beta: 1 },
    truncation: "none",
  });
  const { rewards, steps = [] } = answer!;
  const expected = new Float64Array(spans.length);
  for (const { end = -1, score } of steps) expected[end]! += score / steps.length;
  assert.deepEqual([...new Set(steps.map(({ end }) => end))], [2, 3, 4]);
  assertClose(rewards, expected, { tolerance: 1e-12, what: "rewards" });
});
