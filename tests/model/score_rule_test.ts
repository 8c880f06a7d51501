import assert from "node:assert/strict";
import fc from "fast-check";
import { scoreRule } from "../../src/model/score_rule.ts";

const three = ["helpful", "honest", "verbosity"];

const rules: [
  what: string,
  labels: string[],
  spec: string | undefined,
  text: string,
  score: number,
][] = [
  ["one label is the score", ["LABEL_0"], undefined, "LABEL_0", 1],
  [
    "of two labels it is the second minus the first",
    ["LABEL_0", "LABEL_1"],
    undefined,
    "LABEL_1 - LABEL_0",
    2 - 1,
  ],
  ["a label of several is its logit", three, "honest", "honest", 2],
  ["one label may be named too", ["LABEL_0"], "LABEL_0", "LABEL_0", 1],
  ["of two labels one may be named", ["neg", "pos"], "neg", "neg", 1],
  ["spaces around a label do not matter", three, "  honest ", "honest", 2],
  [
    "labels can be blended",
    three,
    "helpful=0.5,honest=0.25",
    "0.5 helpful + 0.25 honest",
    0.5 + 0.5,
  ],
  [
    "a blend may have spaces and negative weights",
    three,
    "helpful = 1, verbosity = -0.5",
    "helpful - 0.5 verbosity",
    1 - 2,
  ],
  [
    "labels that read like weights stand in quotes",
    ["1 star", "2 stars", "fine"],
    "1 star=-1,2 stars=2,fine=0.5",
    '2 "2 stars" + 0.5 fine - "1 star"',
    -1 + 4 + 2,
  ],
  ["and need none alone", ["1 star", "2 stars", "fine"], "2 stars", "2 stars", 2],
  ["added terms stand before taken ones", three, "helpful=-1,honest=1", "honest - helpful", 2 - 1],
  ["a score may only be taken away", three, "verbosity=-2", "-2 verbosity", -8],
  ["weights may be written with exponents", three, "helpful=1e-1", "0.1 helpful", 0.1],
  [
    "weights alone are given in the order of the labels",
    three,
    "1,0,-1",
    "helpful - verbosity",
    1 - 4,
  ],
  ["weights of two labels alone", ["neg", "pos"], "-0.5,0.5", "0.5 pos - 0.5 neg", 0.5],
  ["a label with a comma can be named", ["a,b", "c", "d"], "a,b", "a,b", 1],
  ["a label that is a list of weights can be named", ["1,0", "c"], "1,0", "1,0", 1],
  ["a label with an equals sign can be weighed", ["x=y", "c", "d"], "x=y=2", "2 x=y", 2],
  ["a label that is a number can be named", ["0", "1", "2"], "2", "2", 4],
];

for (const [what, labels, spec, text, score] of rules) {
  Deno.test(what, () => {
    const rule = scoreRule(labels, spec);
    assert.equal(rule.text, text);
    const logits = [1, 2, 4].slice(0, labels.length);
    assert.equal(rule.score(new Float32Array(logits)), score);
    const blend = rule.weights.reduce((sum, weight, label) => sum + weight * logits[label]!, 0);
    assert.ok(Math.abs(blend - score) < 1e-12, "the weights are those of the score");
  });
}

const wrong: [what: string, labels: string[], spec: string | undefined, message: RegExp][] = [
  [
    "three labels and no spec",
    three,
    undefined,
    /unless --score names one.*received the labels helpful, honest, verbosity$/,
  ],
  [
    "an unknown label",
    three,
    "truthful",
    /labels are helpful, honest, verbosity: received 'truthful'$/,
  ],
  ["a mistyped label", three, "helpfull", /of which helpful is the nearest: received 'helpfull'$/],
  ["an unknown label in a blend", three, "helpful=1,kind=1", /labels are .*received 'kind'$/],
  ["a label without a weight", three, "helpful=1,honest", /received 'helpful=1,honest'$/],
  ["an empty weight", three, "helpful=", /must be a finite number: received 'helpful='$/],
  ["a weight that is no number", three, "helpful=much", /must be a finite number/],
  ["an infinite weight", three, "helpful=Infinity", /must be a finite number/],
  ["a label named twice", three, "helpful=1,helpful=2", /named once: received 'helpful'$/],
  ["too few weights", three, "1,2", /need one weight each: received '2 weights'$/],
  ["weights that cancel everything", three, "helpful=0,honest=0", /must differ from 0/],
  ["a label that stands for two", ["a", "a", "b"], "a", /two labels of that name: received 'a'$/],
  ["an empty spec", three, " ", /labels are helpful/],
];

for (const [what, labels, spec, message] of wrong) {
  Deno.test(`a rule from ${what} is refused`, () => {
    assert.throws(() => scoreRule(labels, spec), { kind: "bad_usage", message });
  });
}

Deno.test("a logit that is not finite fails, even one without a weight", () => {
  const rule = scoreRule(three, "honest");
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(() => rule.score(new Float32Array([1, 2, bad])), {
      kind: "model_failure",
      message: new RegExp(`logit of verbosity is not finite: received ${bad}$`),
    });
  }
});

Deno.test("a row of another length than the labels fails", () => {
  const message = /has 3 labels: received 1 logits$/;
  assert.throws(() => scoreRule(three, "honest").score(new Float32Array(1)), {
    kind: "model_failure",
    message,
  });
});

Deno.test("a score of nothing is 0 and never -0", () => {
  assert.ok(Object.is(scoreRule(["a", "b"]).score(new Float32Array([0, 0])), 0));
  assert.ok(Object.is(scoreRule(["a"]).score(new Float32Array([-0])), 0));
});

Deno.test("every score is the sum of weighted logits, whichever way the weights are written", () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 });
  const rows = fc.array(fc.tuple(finite, finite), { minLength: 2, maxLength: 6 })
    .filter((row) => row.some(([weight]) => weight !== 0));
  fc.assert(fc.property(rows, (row) => {
    const labels = row.map((_, i) => `label_${i}`);
    const logits = Float32Array.from(row, ([, logit]) => logit);
    const expected = row.reduce((sum, [weight, logit]) => sum + weight * logit, 0);
    const named = labels.map((label, i) => `${label}=${row[i]?.[0]}`).join();
    const listed = row.map(([weight]) => weight).join();
    for (const spec of [named, listed]) {
      assert.ok(Math.abs(scoreRule(labels, spec).score(logits) - expected) <= 1e-9);
    }
  }));
});
