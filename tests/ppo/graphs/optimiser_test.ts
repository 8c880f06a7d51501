import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { adam, type AdamSettings } from "../../../src/ppo/graphs/optimiser.ts";
import { laterSettings } from "../../../src/ppo/graphs/optimizer_step.ts";
import { assertNear, type Plain, runGraph } from "../../onnx/run_graph.ts";
import { quickAdam, uniforms } from "../golden_policy.ts";

const SIZE = 50;
const STATE = ["parameters", "first", "second"] as const;
type State = Readonly<Record<typeof STATE[number], readonly number[]>>;

const zeroState: State = {
  parameters: uniforms(SIZE, 1).map((each) => 2 * each - 1),
  first: Array(SIZE).fill(0),
  second: Array(SIZE).fill(0),
};

function gradientOf(update: number): number[] {
  return uniforms(SIZE, 100 + update).map((each) => 2 * each - 1);
}

/** One step computed by the graph. */
async function stepOf(
  state: State,
  { update, gradient }: { update: number; gradient: readonly number[] },
  settings: AdamSettings,
): Promise<{ state: State; norm: number; rate: number }> {
  const graph = new Graph("step");
  const input = (name: string) => graph.input(name, "float32", [SIZE]);
  const after = adam({
    parameters: input("parameters"),
    first: input("first"),
    second: input("second"),
    gradient: input("gradient"),
    update: graph.input("update", "float32", []),
  }, settings);
  for (const name of STATE) {
    assert.equal(describe(after[name]), `float32[${SIZE}]`);
    graph.output(`${name}.next`, after[name]);
  }
  graph.output("norm", after.gradientNorm);
  graph.output("rate", after.learningRate);
  const vector = (data: readonly number[]): Plain => ({ dims: [SIZE], data });
  const found = await runGraph(graph, {
    ...Object.fromEntries(STATE.map((name) => [name, vector(state[name])])),
    gradient: vector(gradient),
    update: { dims: [], data: [update] },
  });
  const next = (name: string) => found[`${name}.next`]!.data;
  return {
    state: { parameters: next("parameters"), first: next("first"), second: next("second") },
    norm: found["norm"]!.data[0]!,
    rate: found["rate"]!.data[0]!,
  };
}

/** The same in double precision, as in the papers, with bias corrections on the vectors. */
function onPaper(
  state: State,
  { update, gradient, rate }: { update: number; gradient: readonly number[]; rate: number },
  { beta1, beta2, epsilon, weightDecay, maxGradientNorm }: AdamSettings,
): { state: State; norm: number } {
  const norm = Math.hypot(...gradient);
  const limited = gradient.map((each) =>
    norm > maxGradientNorm ? each * maxGradientNorm / norm : each
  );
  const first = state.first.map((m, i) => beta1 * m + (1 - beta1) * limited[i]!);
  const second = state.second.map((v, i) => beta2 * v + (1 - beta2) * limited[i]! ** 2);
  const parameters = state.parameters.map((parameter, i) => {
    const mean = first[i]! / (1 - beta1 ** update);
    const square = second[i]! / (1 - beta2 ** update);
    const step = mean / (Math.sqrt(square) + epsilon);
    return parameter - rate * (step + weightDecay * parameter);
  });
  return { state: { parameters, first, second }, norm };
}

const settings: readonly (Partial<AdamSettings> & { readonly what: string })[] = [
  {
    what: "as it is published",
    weightDecay: 0,
    maxGradientNorm: Infinity,
    beta2: 0.999,
    epsilon: 1e-8,
  },
  { what: "with decay", maxGradientNorm: Infinity },
  { what: "with a limit that bites", maxGradientNorm: 0.5 },
  { what: "with a limit that does not", maxGradientNorm: 100 },
  { what: "without momentum", beta1: 0 },
];

for (const { what, ...some } of settings) {
  Deno.test(`Adam ${what} matches a reference in plain numbers`, async () => {
    const all: AdamSettings = { ...quickAdam, ...some };
    let [found, expected] = [zeroState, zeroState];
    for (const update of [1, 2, 3, 4]) {
      const gradient = gradientOf(update);
      const step = await stepOf(found, { update, gradient }, all);
      const paper = onPaper(expected, { update, gradient, rate: all.learningRate }, all);
      for (const name of STATE) {
        const vector = (data: readonly number[]) => ({ dims: [SIZE], data });
        assertNear(vector(step.state[name]), vector(paper.state[name]), {
          tolerance: 2e-6,
          what: `${name} after update ${update}`,
        });
      }
      assert.ok(Math.abs(step.norm - paper.norm) < 1e-5, "the norm before the limit");
      [found, expected] = [step.state, paper.state];
    }
  });
}

Deno.test("a policy that is trained later than its critic has a schedule over its own updates", async () => {
  const run: AdamSettings = { ...quickAdam, schedule: "linear", totalUpdates: 20 };
  const rateOf = async (settings: AdamSettings, update: number) =>
    (await stepOf(zeroState, { update, gradient: gradientOf(1) }, settings)).rate;
  for (const update of [1, 5, 8]) {
    const rate = await rateOf(laterSettings({ ...run, policyUpdates: 8 }), update);
    assert.ok(Math.abs(rate - run.learningRate * (1 - (update - 1) / 8)) < 1e-8, `${rate}`);
    assert.equal(await rateOf(laterSettings(run), update), await rateOf(run, update));
  }
});

Deno.test("a gradient of 0 changes parameters only by weight decay", async () => {
  const update = { update: 1, gradient: Array(SIZE).fill(0) };
  const kept = await stepOf(zeroState, update, { ...quickAdam, weightDecay: 0 });
  assert.deepEqual(kept.state, zeroState);
  assert.equal(kept.norm, 0);
  const { state } = await stepOf(zeroState, update, quickAdam);
  const shrunk = zeroState.parameters.map((each) => each * (1 - 0.01 * 0.1));
  assertNear({ dims: [SIZE], data: state.parameters }, { dims: [SIZE], data: shrunk });
});

Deno.test("clipping scales the gradient to the maximum norm", async () => {
  const gradient = gradientOf(1);
  const limits = { ...quickAdam, beta1: 0, maxGradientNorm: 0.25 };
  const { state, norm } = await stepOf(zeroState, { update: 1, gradient }, limits);
  assert.ok(norm > 1);
  assert.ok(
    Math.abs(Math.hypot(...state.first) - 0.25) < 1e-5,
    "with no momentum m is the gradient",
  );
});

const rates: readonly (Partial<AdamSettings> & { what: string; rates: Record<number, number> })[] =
  [
    {
      what: "a constant rate",
      schedule: "constant",
      warmUpUpdates: 0,
      rates: { 1: 1, 9: 1, 999: 1 },
    },
    {
      what: "a constant rate after a rise",
      schedule: "constant",
      warmUpUpdates: 4,
      rates: { 1: 0.25, 2: 0.5, 4: 1, 5: 1, 100: 1 },
    },
    {
      what: "a line",
      schedule: "linear",
      warmUpUpdates: 0,
      totalUpdates: 4,
      rates: { 1: 1, 2: 0.75, 3: 0.5, 4: 0.25, 5: 0, 6: 0 },
    },
    {
      what: "a line after a rise",
      schedule: "linear",
      warmUpUpdates: 2,
      totalUpdates: 6,
      rates: { 1: 0.5, 2: 1, 3: 1, 4: 0.75, 6: 0.25, 7: 0, 50: 0 },
    },
    {
      what: "a cosine",
      schedule: "cosine",
      warmUpUpdates: 2,
      totalUpdates: 6,
      rates: {
        1: 0.5,
        2: 1,
        3: 1,
        4: (1 + Math.SQRT1_2) / 2,
        5: 0.5,
        6: (1 - Math.SQRT1_2) / 2,
        7: 0,
      },
    },
    {
      what: "a run that is all rise",
      schedule: "cosine",
      warmUpUpdates: 6,
      totalUpdates: 6,
      rates: { 1: 1 / 6, 3: 0.5, 6: 1 },
    },
  ];

for (const { what, rates: expected, ...some } of rates) {
  Deno.test(`the learning rate follows ${what}`, async () => {
    const all: AdamSettings = { ...quickAdam, ...some, learningRate: 0.02 };
    for (const [update, part] of Object.entries(expected)) {
      const gradient = gradientOf(1);
      const { rate } = await stepOf(zeroState, { update: Number(update), gradient }, all);
      assert.ok(Math.abs(rate - 0.02 * part) < 1e-8, `update ${update}: ${rate}`);
      assert.ok(rate >= 0);
    }
  });
}
