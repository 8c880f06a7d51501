import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { ROWS } from "../../../src/ppo/graphs/actor_critic.ts";
import { type Loss, type LossSettings, ppoLoss } from "../../../src/ppo/graphs/loss.ts";
import { runGraph } from "../../onnx/run_graph.ts";
import { uniforms } from "../golden_policy.ts";
import { probabilitiesOf } from "./sampling_reference.ts";

/** One response token: outputs of the forward pass, and data of the rollout. */
interface Row {
  readonly logits: readonly number[];
  readonly action: number;
  readonly value: number;
  readonly logProb: number;
  readonly oldValue: number;
  readonly advantage: number;
  readonly return: number;
}

const PARTS = [
  "total",
  "policy",
  "value",
  "entropy",
  "approxKl",
  "clipFraction",
  "valueClipFraction",
] as const satisfies readonly (keyof Loss)[];
type Numbers = Readonly<Record<typeof PARTS[number], number>>;

const usual: LossSettings = {
  clip: 0.2,
  valueClip: 0.2,
  valueCoefficient: 0.1,
  entropyCoefficient: 0.01,
};

/** The loss computed by the graph. */
async function lossOf(rows: readonly Row[], settings: LossSettings): Promise<Numbers> {
  const graph = new Graph("loss");
  const input = (name: string) => graph.input(name, "float32", [ROWS]);
  const vocabulary = rows[0]!.logits.length;
  const loss = ppoLoss({
    logits: graph.input("logits", "float32", [ROWS, vocabulary]),
    actions: graph.input("actions", "int32", [ROWS, 1]),
    values: input("values"),
    attention: () => assert.fail("a loss asks for no attention"),
  }, {
    logProbs: input("log_probs"),
    advantages: input("advantages"),
    weight: input("weight"),
    share: input("share"),
    critic: { values: input("old_values"), returns: input("returns") },
  }, settings);
  for (const part of PARTS) graph.output(part, loss[part]!);
  const count = rows.length;
  const vector = (of: (row: Row) => number) => ({ dims: [count], data: rows.map(of) });
  const found = await runGraph(graph, {
    logits: { dims: [count, vocabulary], data: rows.flatMap(({ logits }) => logits) },
    actions: { dims: [count, 1], data: rows.map(({ action }) => action), dtype: "int32" },
    values: vector(({ value }) => value),
    log_probs: vector(({ logProb }) => logProb),
    old_values: vector(({ oldValue }) => oldValue),
    advantages: vector(({ advantage }) => advantage),
    returns: vector((row) => row.return),
    weight: vector(() => 1 / count),
    share: vector(() => 1 / count),
  });
  return Object.fromEntries(PARTS.map((part) => [part, found[part]!.data[0]!])) as Numbers;
}

/** The same in plain numbers, in double precision. */
function reference(
  rows: readonly Row[],
  { clip, valueClip, valueCoefficient, entropyCoefficient }: LossSettings,
): Numbers {
  const mean = (of: (row: Row) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const ratioOf = ({ logits, action, logProb }: Row) =>
    probabilitiesOf(logits)[action]! / Math.exp(logProb);
  const policy = mean((row) => {
    const [ratio, advantage] = [ratioOf(row), row.advantage];
    if (advantage > 0 && ratio > 1 + clip) return -(1 + clip) * advantage;
    if (advantage < 0 && ratio < 1 - clip) return -(1 - clip) * advantage;
    return -ratio * advantage;
  });
  const errors = (row: Row): [number, number] => {
    const change = row.value - row.oldValue;
    const near = Math.abs(change) <= valueClip || valueClip === 0
      ? row.value
      : row.oldValue + Math.sign(change) * valueClip;
    return [(row.value - row.return) ** 2, (near - row.return) ** 2];
  };
  const value = mean((row) => Math.max(...errors(row)) / 2);
  const entropy = mean(({ logits }) =>
    probabilitiesOf(logits).reduce((sum, p) => p === 0 ? sum : sum - p * Math.log(p), 0)
  );
  return {
    total: policy + valueCoefficient * value - entropyCoefficient * entropy,
    policy,
    value,
    entropy,
    approxKl: mean((row) => ratioOf(row) - 1 - Math.log(ratioOf(row))),
    clipFraction: mean((row) => Number(Math.abs(ratioOf(row) - 1) > clip)),
    valueClipFraction: mean((row) => Number(errors(row)[1] > errors(row)[0])),
  };
}

/** Random rows, some of which are affected by each kind of clipping. */
function drawnRows(count: number, seed: number): readonly Row[] {
  const numbers = uniforms(count * 12, seed).map((each) => Math.fround(2 * each - 1));
  return Array.from({ length: count }, (_, i) => {
    const [shift, value, oldValue, advantage, aim, action, ...logits] = numbers.slice(
      12 * i,
      12 * i + 12,
    );
    const chosen = Math.floor((action! + 1) * 3);
    const now = Math.log(probabilitiesOf(logits)[chosen]!);
    return {
      logits,
      action: chosen,
      value: value!,
      logProb: Math.fround(now + 0.6 * shift!),
      oldValue: oldValue!,
      advantage: advantage!,
      return: aim!,
    };
  });
}

function assertNear(found: Numbers, expected: Numbers): void {
  for (const part of PARTS) {
    const gap = Math.abs(found[part] - expected[part]);
    assert.ok(gap < 2e-6, `${part}: ${found[part]}, expected ${expected[part]}`);
  }
}

const settings: readonly (Partial<LossSettings> & { readonly what: string })[] = [
  { what: "as usual" },
  { what: "with no limit to values", valueClip: 0 },
  { what: "without an entropy bonus", entropyCoefficient: 0 },
  { what: "with narrow limits and other weights", clip: 0.05, valueClip: 0.5, valueCoefficient: 1 },
];

for (const { what, ...some } of settings) {
  Deno.test(`the loss ${what} matches a reference in plain numbers`, async () => {
    for (const seed of [1, 2, 3]) {
      const [rows, all] = [drawnRows(40, seed), { ...usual, ...some }];
      const expected = reference(rows, all);
      assertNear(await lossOf(rows, all), expected);
      assert.ok(expected.clipFraction > 0 && expected.clipFraction < 1);
      assert.ok(all.valueClip === 0 || expected.valueClipFraction > 0);
    }
  });
}

const row: Row = {
  logits: [0, 0],
  action: 0,
  value: 0,
  logProb: Math.log(0.5),
  oldValue: 0,
  advantage: 1,
  return: 1,
};
const ratio = (factor: number) => ({ logProb: Math.log(0.5 / factor) });

const cases: readonly { what: string; row: Partial<Row>; part: keyof Numbers; is: number }[] = [
  { what: "a good token pays by its ratio", row: {}, part: "policy", is: -1 },
  { what: "and no more than the limit", row: ratio(1.5), part: "policy", is: -1.2 },
  { what: "but all it lost", row: ratio(0.5), part: "policy", is: -0.5 },
  { what: "a bad token costs by its ratio", row: { advantage: -1 }, part: "policy", is: 1 },
  { what: "all of it", row: { advantage: -1, ...ratio(1.5) }, part: "policy", is: 1.5 },
  {
    what: "and no less than the limit",
    row: { advantage: -1, ...ratio(0.5) },
    part: "policy",
    is: 0.8,
  },
  { what: "an unmoved policy has no divergence", row: {}, part: "approxKl", is: 0 },
  { what: "a moved one has, either way", row: ratio(0.5), part: "approxKl", is: Math.LN2 - 0.5 },
  { what: "an even choice of two is worth ln 2", row: {}, part: "entropy", is: Math.LN2 },
  { what: "a value's error is halved", row: { value: 0.1 }, part: "value", is: 0.405 },
  { what: "a leap to the goal counts as a step", row: { value: 1 }, part: "value", is: 0.32 },
  { what: "a leap away counts as it is", row: { value: -1 }, part: "value", is: 2 },
];

for (const { what, row: some, part, is } of cases) {
  Deno.test(`one token: ${what}`, async () => {
    const found = await lossOf([{ ...row, ...some }], usual);
    assert.ok(Math.abs(found[part] - is) < 1e-6, `${found[part]}`);
  });
}

Deno.test("a nearly certain distribution has an entropy of 0, and all parts are finite", async () => {
  const found = await lossOf([{ ...row, logits: [300, -300], logProb: 0 }], usual);
  assert.ok(PARTS.every((part) => Number.isFinite(found[part])));
  assert.ok(Math.abs(found.entropy) < 1e-4, `${found.entropy}`);
});
