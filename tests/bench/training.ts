/**
 * Times updates and sampling of a policy, and the same update in @jax-js/jax beside ours.
 *
 *     deno task bench:training --help
 *
 * An update is a whole one on both sides: forward, PPO's loss of policy and values without an entropy bonus,
 * backward, limit of the norm, Adam, and for ours what is watched (the entropy, for one) and the way to
 * the worker and back. Rounds alternate between the two, medians are
 * compared, and losses must agree in every round: a fast wrong answer is no answer. Products of large
 * matrices are timed in the same rounds, for they are what an update can at best be as fast as. Two cores or
 * more that do nothing else are needed for times that mean something.
 *
 * @module
 */

import { taskFlags } from "../../src/cli/task.ts";
import { numpy as np, tree } from "@jax-js/jax";
import { type DeviceChoice, deviceNames } from "../../src/engine/devices.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { matmul, reduceSum } from "../../src/onnx/ops.ts";
import { type Minibatch, PolicyEngine } from "../../src/ppo/graphs/policy_engine.ts";
import { randomStream } from "../../src/ppo/math/random.ts";
import { help, oneOf, toggle } from "../../src/settings_readers.ts";
import { jaxBatch, jaxUpdate, jaxWeights, startJax } from "../support/jax_gpt2.ts";
import {
  type PolicySize,
  type RandomBatch,
  randomBatch,
  type RandomPolicy,
  randomPolicy,
  sequencesOf,
} from "../support/random_policy.ts";
import { onlyFlag, roundsFlag, threadsFlag } from "./flags.ts";

/** What is timed, and how fast it should be on two cores of an AMD EPYC (Zen 4). */
interface Workload {
  readonly name: string;
  readonly size: PolicySize;
  readonly target: { readonly updateMs: number; readonly sampledPerSecond: number };
}

const workloads: readonly Workload[] = [
  {
    name: "a",
    size: { hidden: 128, layers: 4, heads: 4, vocabulary: 4096, length: 64, batch: 32 },
    target: { updateMs: 200, sampledPerSecond: 9_000 },
  },
  {
    name: "b",
    size: { hidden: 256, layers: 4, heads: 4, vocabulary: 4096, length: 128, batch: 16 },
    target: { updateMs: 480, sampledPerSecond: 2_800 },
  },
];

/** How many times faster than jax-js an update should be. */
const LEAST_RATIO = 3.5;

/** Of the square matrices whose products show how fast the device can be. */
const WIDTH = 1024;
const PRODUCTS = 8;

const settings = {
  loss: { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0 },
  adam: {
    learningRate: 1e-4,
    schedule: "constant",
    warmUpUpdates: 0,
    totalUpdates: 1_000,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-5,
    weightDecay: 0,
    maxGradientNorm: 1,
  },
} as const;

/** Someone who learns, one update at a time. */
interface Learner extends AsyncDisposable {
  /** @returns the loss before the update */
  update(): Promise<number>;
}

/** Ours can also write. */
interface Writer extends Learner {
  /** Writes as many tokens as a batch has places. */
  sample(): Promise<void>;
  /** Multiplies large matrices: {@linkcode PRODUCTS} of them, {@linkcode WIDTH} wide. */
  multiply(): Promise<void>;
}

const { flags: { only, ...asked } } = taskFlags({
  name: "bench:training",
  summary: "times updates and sampling of a policy, and the same update in @jax-js/jax beside ours",
  flags: {
    only: onlyFlag("a", "b"),
    rounds: roundsFlag(5),
    alone: toggle().default(false).register(help, { description: "leave jax-js out" }),
    device: oneOf(...deviceNames).default("cpu").register(help, {
      value: "NAME",
      description: "device of our side",
    }),
    threads: threadsFlag(),
  },
});
for (const workload of workloads.filter(({ name }) => (only ?? name) === name)) {
  await bench(workload, asked);
}
Deno.exit(); // the threads of jax-js would wait for more

async function bench(
  workload: Workload,
  { rounds, alone, ...place }: typeof asked,
): Promise<void> {
  const { size } = workload;
  const [policy, batch] = [randomPolicy(size), randomBatch(size)];
  say(
    `\n(${workload.name}) width ${size.hidden}, ${size.layers} layers, ${size.heads} heads, ` +
      `${size.batch} x ${size.length} tokens, vocabulary ${size.vocabulary}: ` +
      `${(policy.layout.size / 1e6).toFixed(2)} million parameters, ` +
      `${
        (flop(size) / 1e9).toFixed(1)
      } GFLOP an update, ${rounds} rounds on ${place.device}, ${place.threads} threads`,
  );
  await using ours = await openOurs(size, { policy, batch, place });
  await using theirs = alone ? undefined : await openTheirs(size, { policy, batch });
  const learners = theirs === undefined ? [ours] : [ours, theirs];
  const updates = learners.map((): number[] => []);
  const [samplings, products]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) { // the first is for warming up
    const losses: number[] = [];
    for (const [i, learner] of learners.entries()) {
      const ms = await timed(async () => losses.push(await learner.update()));
      if (round >= 0) updates[i]!.push(ms);
    }
    const [samplingMs, productsMs] = [
      await timed(() => ours.sample()),
      await timed(() => ours.multiply()),
    ];
    if (round >= 0) samplings.push(samplingMs), products.push(productsMs);
    expectAlike(losses);
  }
  report(workload, {
    updates: updates.map(median),
    samplingMs: median(samplings),
    productsMs: median(products),
  });
}

function report(
  { size, target }: Workload,
  { updates, samplingMs, productsMs }: {
    updates: readonly number[];
    samplingMs: number;
    productsMs: number;
  },
): void {
  const tokens = size.batch * size.length;
  const [ours = NaN, theirs] = updates;
  const update = (name: string, ms: number) =>
    `  ${name.padEnd(18)} ${ms.toFixed(0).padStart(6)} ms ` +
    `${perSecond(flop(size) / 1e9, ms).padStart(6)} GFLOP/s ${
      perSecond(tokens, ms).padStart(7)
    } tokens/s`;
  say(`${update("update", ours)}   ${held(ours <= target.updateMs, `<= ${target.updateMs} ms`)}`);
  if (theirs !== undefined) {
    say(update("update in jax-js", theirs));
    const ratio = theirs / ours;
    const least = `>= ${LEAST_RATIO} times`;
    say(
      `  ${"as fast as jax-js".padEnd(18)} ${ratio.toFixed(2).padStart(6)} times   ${
        held(ratio >= LEAST_RATIO, least)
      }`,
    );
  }
  say(
    `  ${`${PRODUCTS} products, ${WIDTH}^3`.padEnd(18)} ${productsMs.toFixed(0).padStart(6)} ms ` +
      `${perSecond(2 * PRODUCTS * WIDTH ** 3 / 1e9, productsMs).padStart(6)} GFLOP/s`,
  );
  const rate = perSecond(tokens, samplingMs);
  say(
    `  ${"sampling".padEnd(18)} ${samplingMs.toFixed(0).padStart(6)} ms ${
      rate.padStart(22)
    } tokens/s   ${
      held(Number(rate) >= target.sampledPerSecond, `>= ${target.sampledPerSecond} tokens/s`)
    }`,
  );
}

/** A target, and whether it was met. */
function held(met: boolean, target: string): string {
  return `target ${target}: ${met ? "met" : "MISSED"}`;
}

/** The engine that `deno task ppo` trains with. */
async function openOurs(
  size: PolicySize,
  { policy: { actorCritic, parameters }, batch, place }: {
    policy: RandomPolicy;
    batch: RandomBatch;
    place: { device: DeviceChoice; threads: number };
  },
): Promise<Writer> {
  const runtime = await openRuntime(place);
  await runtime.load("products", products());
  await runtime.put("matrix", {
    data: new Float32Array(WIDTH ** 2).fill(1 / WIDTH),
    dims: [WIDTH, WIDTH],
  });
  const rule = { temperature: 1, topK: 0, topP: 1 };
  const options = { ...settings, actorCritic, rule, eosIds: [], minibatch: size.batch };
  const engine = new PolicyEngine(runtime, options);
  const zeros = new Float32Array(parameters.length);
  await engine.setState({ parameters, first: zeros, second: zeros });
  const minibatch = lessonOf(batch);
  const requests = minibatch.sequences.map(({ ids }) => ({
    prompt: ids.slice(0, 1),
    limits: { min: 0, max: size.length },
  }));
  let count = 0;
  return {
    update: async () => (await engine.update(minibatch, { count: ++count })).loss,
    async sample() {
      const random = randomStream({ seed: 1, step: count, purpose: "bench" });
      const written = await engine.sample(requests, random);
      if (written.every(({ logProbs }) => logProbs.length === size.length)) return;
      throw new Error("Cannot time sampling as a completion fell short");
    },
    multiply: async () => void await runtime.run("products", {}, { use: { matrix: "matrix" } }),
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

/** One product after the other, each of the last one's result. */
function products(): Graph {
  const graph = new Graph("products");
  const matrix = graph.input("matrix", "float32", [WIDTH, WIDTH]);
  let last = matrix;
  for (let i = 0; i < PRODUCTS; i++) last = matmul(last, matrix);
  graph.output("sum", reduceSum(last, [0, 1]));
  return graph;
}

function lessonOf(batch: RandomBatch): Minibatch {
  const sequences = sequencesOf(batch);
  const length = batch.logProbs.length / sequences.length;
  const rows = (data: Float32Array) =>
    sequences.map((_, i) => Float64Array.from(data.subarray(i * length, (i + 1) * length)));
  return {
    sequences,
    logProbs: rows(batch.logProbs),
    values: rows(batch.values),
    advantages: rows(batch.advantages),
    returns: rows(batch.returns),
  };
}

/** Its WebAssembly engine, with as many threads as it takes for itself. */
async function openTheirs(
  size: PolicySize,
  { policy, batch }: { policy: RandomPolicy; batch: RandomBatch },
): Promise<Learner> {
  await startJax();
  const step = jaxUpdate(size, settings);
  const fed = jaxBatch(batch);
  const zeros = () => tree.map((each: np.Array) => np.zerosLike(each), jaxWeights(policy));
  let state = { parameters: jaxWeights(policy), first: zeros(), second: zeros() };
  let count = 0;
  return {
    async update() {
      const update = np.array(new Float32Array([++count])).reshape([]);
      const [loss, after] = step({ ...state, batch: tree.ref(fed), update });
      state = after;
      const [found = NaN] = await loss.data();
      await Promise.all(Object.values(after.parameters).map((each) => each.blockUntilReady()));
      return Number(found);
    },
    [Symbol.asyncDispose]() {
      tree.dispose([state, fed]);
      step.dispose();
      return Promise.resolve();
    },
  };
}

/**
 * Floating-point operations of an update by the usual count: two for each weight in a matrix product
 * and token, the whole square of attention, and twice as much backward.
 */
function flop({ hidden, layers, vocabulary, length, batch }: PolicySize): number {
  const perLayer = 12 * hidden ** 2 + 2 * length * hidden;
  return 3 * 2 * batch * length * (layers * perLayer + hidden * vocabulary);
}

function expectAlike([ours = NaN, ...others]: readonly number[]): void {
  const other = others.find((theirs) => !(Math.abs(theirs - ours) < 1e-3));
  if (other === undefined) return;
  throw new Error(`Cannot compare as jax-js has another loss, ${other}: received ${ours}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function perSecond(amount: number, ms: number): string {
  return (amount / ms * 1000).toFixed(0);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
