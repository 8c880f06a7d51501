import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { estimateAdvantages } from "../../src/ppo/math/gae.ts";
import {
  advantagesOfAll,
  type Ending,
  goingOn,
  gradient,
  learn,
  lookingBack,
  passingBlame,
  thresholdOf,
} from "../../experiment/two_tokens.ts";

const gae = (method: string, beta: number, lambda = 1) => (
  { method, beta, estimator: "gae", lambda } as const
);
const examples = { lookingBack, passingBlame, goingOn };

Deno.test("looking back: the threshold is 10/41, 0.244", () => {
  assert.ok(Math.abs(thresholdOf(lookingBack) - 10 / 41) < 1e-15);
  assert.equal(thresholdOf(lookingBack).toFixed(3), "0.244");
  assert.equal(thresholdOf(passingBlame).toFixed(3), "0.244");
  assert.equal(thresholdOf(goingOn).toFixed(3), "0.667");
});

for (const [name, endings] of Object.entries(examples)) {
  const threshold = thresholdOf(endings);

  Deno.test(`${name}: abc learns the worse text just above its threshold, the better below`, () => {
    const options = { steps: 500, rate: 1_000 };
    assert.ok(learn(endings, gae("abc", threshold + 0.003), options)["B"]! > 0.99);
    assert.ok(learn(endings, gae("abc", threshold - 0.003), options)["A"]! > 0.99);
  });

  Deno.test(`${name}: the numeric threshold, by bisection on the gradient's sign`, () => {
    let [low, high] = [0, 1];
    while (high - low > 1e-9) {
      const middle = (low + high) / 2;
      if (slopeTowardsA(endings, gae("abc", middle)) > 0) low = middle;
      else high = middle;
    }
    assert.ok(Math.abs(low - threshold) < 1e-8, `${low} against ${threshold}`);
  });

  for (const beta of [0, 0.3, 0.8, 1]) {
    Deno.test(`${name}: red and terminal learn the better text, beta ${beta}`, () => {
      assert.ok(learn(endings, gae("red", beta))["A"]! > 0.99);
      assert.ok(learn(endings, gae("terminal", beta))["A"]! > 0.99);
    });

    Deno.test(`${name}: credited with the whole text's reward, abc does too, beta ${beta}`, () => {
      assert.ok(learn(endings, { method: "abc", beta, estimator: "episode" })["A"]! > 0.99);
    });
  }
}

Deno.test("it is the size of the scores that matters: far from zero the threshold falls", () => {
  const shifted = (by: number) =>
    thresholdOf(lookingBack.map((each) => ({ ...each, score: each.score + by })));
  assert.equal(shifted(10).toFixed(3), "0.023");
  // Around zero, at 0.1 and -0.1, no beta there is suffices.
  assert.ok(shifted(-0.9) > 1);
});

Deno.test("uniform goes on too long as well, above the same threshold", () => {
  assert.ok(learn(goingOn, gae("uniform", 1))["B"]! > 0.99);
  assert.ok(learn(goingOn, gae("uniform", 0.8))["B"]! > 0.99);
  assert.ok(learn(goingOn, gae("uniform", 0.6))["A"]! > 0.99);
});

Deno.test("what is learned by mistake shows in the first token's part: less praise, more blame", () => {
  const part = ([better, worse]: readonly Ending[]) => [better!, worse!].map(firstPart);
  const [praised, learned] = part(lookingBack);
  assert.ok(learned! < praised!);
  const [blamed, passedOn] = part(passingBlame);
  assert.ok(passedOn! > blamed!);
});

Deno.test("the last of sixteen equal shares has a quarter of the score ahead, with red all of it", () => {
  const tokens = Array.from({ length: 15 }, (_, at) => `x${at}`);
  const ending = (name: string, score: number): Ending => ({
    name,
    tokens: [...tokens, name],
    score,
    attention: Array(16).fill(1 / 16),
    prefixScores: [...Array(15).fill(0.5), score],
  });
  const slope = (method: string) =>
    gradient([ending("A", 1), ending("B", 0.8)], gae(method, 0.8)).get(`^ ${tokens.join(" ")}|A`)!;
  assert.ok(Math.abs(slope("uniform") / slope("terminal") - 0.25) < 1e-9);
  assert.ok(Math.abs(slope("red") / slope("terminal") - 1) < 1e-9);
});

Deno.test("at beta 0.8 a score more than five times another's wins whatever the attention", () => {
  const worst = (times: number): Ending[] => [
    { ...lookingBack[0]!, score: times, attention: [1, 0] },
    { ...lookingBack[1]!, score: 1, attention: [0, 1] },
  ];
  assert.ok(slopeTowardsA(worst(5.01), gae("abc", 0.8)) > 0);
  assert.ok(slopeTowardsA(worst(4.99), gae("abc", 0.8)) < 0);
});

/** Four texts of three tokens, with a choice at the second and at the third. */
const tree = fc.array(
  fc.record({
    score: fc.double({ min: -2, max: 2, noNaN: true }),
    attention: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    }),
  }),
  { minLength: 4, maxLength: 4 },
).map((texts): Ending[] =>
  texts.map(({ score, attention }, at) => ({
    name: String(at),
    tokens: ["x", at < 2 ? "l" : "r", `${at % 2}`],
    score,
    attention,
    prefixScores: [0, at < 2 ? 0.5 : -0.5, score],
  }))
);

Deno.test("lambda changes nothing: with exact values the expected gradient is the same", () => {
  fc.assert(fc.property(tree, fc.double({ min: 0, max: 1, noNaN: true }), (endings, lambda) => {
    const [one, other] = [
      gradient(endings, gae("abc", 0.8)),
      gradient(endings, gae("abc", 0.8, lambda)),
    ];
    for (const [place, slope] of one) assert.ok(Math.abs(slope - other.get(place)!) < 1e-12);
  }));
});

Deno.test("a true potential changes nothing: red's gradient is that of terminal", () => {
  fc.assert(fc.property(tree, fc.double({ min: 0, max: 1, noNaN: true }), (endings, beta) => {
    const [one, other] = [
      gradient(endings, gae("red", beta)),
      gradient(endings, gae("terminal", 0)),
    ];
    for (const [place, slope] of one) assert.ok(Math.abs(slope - other.get(place)!) < 1e-12);
  }));
});

Deno.test("with exact values red has terminal's advantages, text by text, for every lambda", () => {
  const unit = () => fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(tree, unit(), unit(), (endings, beta, lambda) => {
    const ours = advantagesOfAll(endings, gae("red", beta, lambda)).flat();
    const theirs = advantagesOfAll(endings, gae("terminal", beta, lambda)).flat();
    ours.forEach((each, at) => assert.ok(Math.abs(each - theirs[at]!) < 1e-12));
  }));
});

Deno.test("an error of the critic is a baseline at lambda 1; below, later errors come in", () => {
  const numbers = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
    minLength: 6,
    maxLength: 6,
  });
  const lambdas = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(numbers, numbers, numbers, lambdas, (rewards, values, errors, lambda) => {
    const with_ = (estimates: number[]) =>
      estimateAdvantages(
        { rewards: Float64Array.from(rewards), values: Float64Array.from(estimates) },
        { gamma: 1, lambda },
      ).advantages;
    const wrong = with_(values.map((value, t) => value + errors[t]!));
    with_(values).forEach((right, t) => {
      const later = errors.slice(t + 1).reduce((sum, error, k) => sum + lambda ** k * error, 0);
      const expected = right - errors[t]! + (1 - lambda) * later;
      assert.ok(Math.abs(wrong[t]! - expected) < 1e-9);
    });
  }));
});

Deno.test("what reaches the first and the last of 64 tokens without a critic: docs/reward-to-go.md", () => {
  const tokens = 64;
  const reaching = (rewards: Float64Array, discounts: { gamma: number; lambda: number }) => {
    const { advantages } = estimateAdvantages(
      { rewards, values: new Float64Array(tokens) },
      discounts,
    );
    return [advantages[0]!, advantages.at(-1)!].map((each) => each.toFixed(2));
  };
  const last = (reward: number) =>
    new Float64Array(tokens).map((_, t) => t === tokens - 1 ? reward : 0);
  const shares = last(0.2).map((rest) => rest + 0.8 / tokens);
  for (const discounts of [{ gamma: 1, lambda: 0.95 }, { gamma: 0.95, lambda: 1 }]) {
    assert.deepEqual(reaching(last(1), discounts), ["0.04", "1.00"]);
    assert.deepEqual(reaching(shares, discounts), ["0.25", "0.21"]);
  }
  assert.deepEqual(reaching(last(1), { gamma: 1, lambda: 1 }), ["1.00", "1.00"]);
  assert.deepEqual(reaching(shares, { gamma: 1, lambda: 1 }), ["1.00", "0.21"]);
});

Deno.test("the gradient of terminal is that of the expected score, by finite differences", () => {
  const [endings] = fc.sample(tree, { numRuns: 1, seed: 1 });
  const step = 1e-6;
  const places = [...gradient(endings!, gae("terminal", 0)).keys()];
  for (const place of places) {
    const at = (shift: number) => {
      const logits = new Map(places.map((each) => [each, each === place ? shift : 0]));
      return expectedScore(endings!, logits);
    };
    const slope = gradient(endings!, gae("terminal", 0)).get(place)!;
    assert.ok(Math.abs(slope - (at(step) - at(-step)) / (2 * step)) < 1e-8, place);
  }
});

Deno.test("docs/reward-to-go.md has these thresholds", () => {
  const page = readFileSync(new URL("../../docs/reward-to-go.md", import.meta.url), "utf8");
  for (const endings of Object.values(examples)) {
    assert.ok(page.includes(thresholdOf(endings).toFixed(3)));
  }
});

/** The part of what is spread that `abc` pays to the first token. */
function firstPart({ attention }: Ending): number {
  return attention[0]! / attention.reduce((sum, each) => sum + each, 0);
}

function slopeTowardsA(endings: readonly Ending[], setting: ReturnType<typeof gae>): number {
  return gradient(endings, setting).get(`^ x|${endings[0]!.tokens[1]}`)!;
}

/** Written anew, so that the gradient has something independent to agree with. */
function expectedScore(endings: readonly Ending[], logits: ReadonlyMap<string, number>): number {
  let expected = 0;
  for (const { tokens, score } of endings) {
    let chance = 1;
    for (let t = 0; t < tokens.length; t++) {
      const prefix = ["^", ...tokens.slice(0, t)].join(" ");
      const options = new Set(
        endings.filter((other) =>
          tokens.slice(0, t).every((token, at) => other.tokens[at] === token)
        )
          .map((other) => other.tokens[t]!),
      );
      const sizes = [...options].map((token) => Math.exp(logits.get(`${prefix}|${token}`)!));
      const own = Math.exp(logits.get(`${prefix}|${tokens[t]}`)!);
      chance *= own / sizes.reduce((sum, size) => sum + size, 0);
    }
    expected += chance * score;
  }
  return expected;
}
