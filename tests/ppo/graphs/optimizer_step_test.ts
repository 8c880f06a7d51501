import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import type { AdamSettings } from "../../../src/ppo/graphs/optimiser.ts";
import { optimizerStep, stateInputs } from "../../../src/ppo/graphs/optimizer_step.ts";
import { assertNear, plain, runGraph } from "../../onnx/run_graph.ts";
import { quickAdam } from "../golden_policy.ts";

/** Two weights of the policy and three of its critic. */
const layout = { places: new Map(), size: 5, policySize: 2 };
const NAMES = ["parameters", "first", "second"] as const;
const state = {
  parameters: plain([1, -2, 3, 0.5, -0.25]),
  first: plain([0.1, 0.2, -0.1, 0.3, 0]),
  second: plain([0.01, 0.04, 0.02, 0.05, 0.01]),
};
const slope = [3, -1, 2, 0.5, -4];

/** What is stepped, and when. */
interface Step {
  readonly adam?: Partial<AdamSettings>;
  readonly criticOnly?: boolean;
  readonly policyLater?: boolean;
  readonly gradient?: readonly number[];
  readonly update?: number;
}

/** The vectors after a step. */
async function stepped({ adam = {}, gradient = slope, update = 5, ...kind }: Step) {
  const graph = new Graph("step");
  const after = optimizerStep(
    {
      ...stateInputs(graph, layout.size),
      gradient: graph.input("gradient", "float32", [layout.size]),
      update: graph.input("update", "float32", []),
    },
    { ...kind, adam: { ...quickAdam, ...adam } },
    layout,
  );
  for (const name of NAMES) graph.output(`${name}.next`, after[name]);
  graph.output("norm", after.gradientNorm);
  graph.output("rate", after.learningRate);
  const found = await runGraph(graph, {
    ...state,
    gradient: plain([...gradient]),
    update: plain(update),
    ...(kind.policyLater ? { policy_update: plain(1) } : {}),
  });
  const partOf = (part: "policy" | "critic") =>
    NAMES.map((name) => {
      const { data } = found[`${name}.next`]!;
      return plain(part === "policy" ? data.slice(0, 2) : data.slice(2));
    });
  return Object.assign(partOf, { learningRate: Number(found["rate"]!.data[0]) });
}

type Stepped = Awaited<ReturnType<typeof stepped>>;

function assertPart(part: "policy" | "critic", found: Stepped, expected: Stepped): void {
  found(part).forEach((vector, i) => assertNear(vector, expected(part)[i]!, { tolerance: 1e-6 }));
}

for (const adam of [{}, { critic: {} }]) {
  const apart = "critic" in adam ? ", stepped apart" : "";

  Deno.test(`the critic alone takes the step that it takes with the policy, which stays${apart}`, async () => {
    const gradient = [0, 0, ...slope.slice(2)];
    const found = await stepped({ adam, criticOnly: true, gradient });
    assertPart("critic", found, await stepped({ gradient }));
    NAMES.forEach((name, i) => {
      const before = state[name].data.slice(0, 2).map(Math.fround);
      assert.deepEqual(found("policy")[i]!.data, before, name);
    });
  });

  Deno.test(`a policy that is younger than its critic has bias corrections of its own${apart}`, async () => {
    const found = await stepped({ adam, policyLater: true });
    assertPart("policy", found, await stepped({ update: 1 }));
    assertPart("critic", found, await stepped({}));
  });

  Deno.test(`its learning rate is that of its own updates, from the first to its last${apart}`, async () => {
    for (const schedule of ["constant", "linear", "cosine"] as const) {
      const run = { schedule, warmUpUpdates: 3, totalUpdates: 12 };
      const found = await stepped({
        adam: { ...adam, ...run, policyUpdates: 6 },
        policyLater: true,
        update: 7,
      });
      const alone = { ...adam, ...run, totalUpdates: 6 };
      assertPart("policy", found, await stepped({ adam: alone, update: 1 }));
      assertPart("critic", found, await stepped({ adam: { ...adam, ...run }, update: 7 }));
      assert.ok(Math.abs(found.learningRate - quickAdam.learningRate / 3) < 1e-8, "is reported");
    }
  });
}

Deno.test("a critic may have a learning rate of its own", async () => {
  const found = await stepped({ adam: { critic: { learningRate: 0.3 } } });
  assertPart("policy", found, await stepped({}));
  assertPart("critic", found, await stepped({ adam: { learningRate: 0.3 } }));
});

Deno.test("with a limit of the critic's own, each gradient is limited by its own norm", async () => {
  const found = await stepped({ adam: { critic: { maxGradientNorm: 0.25 } } });
  const [policys, critics] = [[...slope.slice(0, 2), 0, 0, 0], [0, 0, ...slope.slice(2)]];
  assertPart("policy", found, await stepped({ gradient: policys }));
  assertPart(
    "critic",
    found,
    await stepped({ gradient: critics, adam: { maxGradientNorm: 0.25 } }),
  );
});
