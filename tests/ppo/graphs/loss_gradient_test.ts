import assert from "node:assert/strict";
import { type Feeds, openRuntime } from "../../../src/engine/runtime.ts";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { forward, ROWS } from "../../../src/ppo/graphs/actor_critic.ts";
import { rowFeed, sequenceFeeds, shapeFor } from "../../../src/ppo/graphs/batch_feeds.ts";
import { ppoLoss } from "../../../src/ppo/graphs/loss.ts";
import { weightOf } from "../../../src/ppo/graphs/parameter_vector.ts";
import { fillUniform, type RandomSource } from "../../../src/ppo/math/random.ts";
import { openPolicy, requestOf, stream } from "../golden_policy.ts";

/** Numbers between -1 and 1. */
function numbers(random: RandomSource, count: number): Float64Array {
  return Float64Array.from(fillUniform(random, new Float32Array(count)), (u) => 2 * u - 1);
}

/** Far from the edges of the clip range, so that a small step does not cross them. */
const SHIFTS = [0, 0.05, 0.6, -0.7];

for (
  const [critic, masked] of [["shared", false], ["separate", false], ["shared", true]] as const
) {
  const end = masked ? "masked" : "counted";
  Deno.test(`the gradient of the loss matches finite differences: ${critic} critic, EOS ${end}`, async () => {
    await using open = await openPolicy("llama", { critic, temperature: 0.8, masked });
    const { engine, policy } = open;
    const random = stream(21);
    const prompts = [[7, 2, 9], [90], [1, 5, 3, 61, 8]];
    const completions = await engine.sample(
      prompts.map((prompt) => requestOf(prompt, { min: 4, max: 5 })),
      random,
    );
    const { logProbs, values } = await engine.evaluate(completions, { whose: "policy" });
    const shape = shapeFor(completions, completions.length);

    const graph = new Graph("loss");
    const weights = fedWeights(graph);
    const maskedEosIds = masked ? policy.eosIds : [];
    const actorCritic = { model: policy.model, critic, temperature: 0.8, maskedEosIds };
    const read = forward(graph, { actorCritic, shape }, new Parameters(weights));
    const row = (name: string) => graph.input(name, "float32", [ROWS]);
    const before = {
      logProbs: row("log_probs"),
      advantages: row("advantages"),
      weight: row("weight"),
      share: row("share"),
      critic: { values: row("values"), returns: row("returns") },
      reference: { logProbs: row("reference"), coefficient: graph.input("price", "float32", []) },
    };
    const loss = ppoLoss(read, before, {
      clip: 0.2,
      clipHigh: 0.3,
      dualClip: 1.5,
      valueClip: 0.3,
      valueCoefficient: 0.5,
      entropyCoefficient: 0.1,
    });
    for (const [name, value] of Object.entries(loss)) graph.output(name, value);
    const taken = [...weights.taken];
    gradients(loss.total, taken.map(([, value]) => value)).forEach((gradient, i) => {
      graph.output(`d ${taken[i]![0]}`, gradient);
    });

    const shifted = logProbs.map((r, i) => r.map((x, t) => x + SHIFTS[(i + t) % SHIFTS.length]!));
    const count = logProbs.reduce((sum, { length }) => sum + length, 0);
    const rows = (of: (length: number) => Float64Array) => logProbs.map(({ length }) => of(length));
    const vector = open.start.parameters;
    const fixed = {
      log_probs: rowFeed(shifted),
      values: rowFeed(values!),
      advantages: rowFeed(rows((length) => numbers(random, length))),
      returns: rowFeed(rows((length) => numbers(random, length))),
      share: rowFeed(rows((length) => new Float64Array(length).fill(1 / count))),
      weight: rowFeed(rows((length) => new Float64Array(length).fill(0.3 / length))),
      reference: rowFeed(logProbs.map((r) => r.map((x, t) => x - SHIFTS[t % SHIFTS.length]!))),
      price: { data: Float32Array.of(0.25), dims: [] },
    };
    await using runtime = await openRuntime({ device: "cpu", threads: 1 });
    await runtime.load("loss", graph);
    const lossAt = async (parameters: Float32Array<ArrayBuffer>) => {
      const views = taken.map(([name]) => {
        const place = engine.layout.places.get(name)!;
        return [name, { data: weightOf(parameters, place).slice(), dims: place.shape }] as const;
      });
      const given = Object.entries(fixed).map(([name, { data, dims }]) =>
        [name, { data: data.slice(), dims }] as const
      );
      const feeds: Feeds = {
        ...sequenceFeeds(completions, shape),
        ...Object.fromEntries(given),
        ...Object.fromEntries(views),
      };
      return (await runtime.run("loss", feeds)).outputs;
    };

    const found = await lossAt(vector);
    for (const [name] of taken) {
      const place = engine.layout.places.get(name)!;
      const raw = numbers(random, place.length);
      const norm = Math.sqrt(raw.reduce((sum, x) => sum + x * x, 0));
      const direction = raw.map((x) => x / norm);
      const along = async (step: number) => {
        const moved = vector.slice();
        weightOf(moved, place).forEach((x, i, all) => all[i] = x + step * direction[i]!);
        return Number((await lossAt(moved))["total"]!.data[0]);
      };
      const slope = async (h: number) => (await along(h) - await along(-h)) / (2 * h);
      // Two central differences, combined so that the error is of fourth order in h.
      const expected = (4 * await slope(0.01) - await slope(0.02)) / 3;
      const gradient = found[`d ${name}`]!.data;
      const actual = direction.reduce((sum, x, i) => sum + x * Number(gradient[i]), 0);
      const size = Math.sqrt(direction.reduce((sum, _, i) => sum + Number(gradient[i]) ** 2, 0));
      assert.ok(size > 0, `${name} has a gradient`);
      assert.ok(
        Math.abs(actual - expected) <= 2e-3 * Math.max(0.02, Math.abs(expected), size),
        `${name}: ${actual} along a direction, by differences ${expected}`,
      );
    }
  });
}
