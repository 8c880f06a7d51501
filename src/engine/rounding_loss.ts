/**
 * What rounding linear layers to int8 does to a model's scores, measured on texts of random ids.
 *
 * A model is computed both ways by one graph, in which every layer has a switch. What one layer does to scores is
 * much the same on random ids as on sentences, and needs no tokenizer.
 *
 * @module
 */

import { type Architecture, isGated } from "../architectures/architecture.ts";
import { switchOf } from "../layers/quantized_weights.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import type { Query } from "./engine.ts";
import { scoringFeeds, scoringGraph } from "./passes/scoring.ts";
import { openRuntime, type Runtime } from "./runtime.ts";
import { treeOptions, windowsOf } from "./tuning.ts";

/** Texts, and the ids of each: the spread of fewer scores would be too uncertain. */
const [TEXTS, LENGTH] = [32, 16];

/**
 * How far scores move against one another where these layers alone are rounded: the standard deviation of their
 * changes, relative to that of the scores. What all of them move by together changes no rank and is left out.
 */
export type LossOf = (layers: Iterable<string>) => Promise<number>;

/** A model whose losses can be measured, until it is disposed of. */
export interface Losses extends AsyncDisposable {
  readonly lossOf: LossOf;
}

/**
 * Opens the graph with switches, and computes the scores that losses are measured against.
 *
 * @param ledger gives quantised weights, and says that layers are switched
 * @returns losses that are NaN where all texts score alike
 */
export async function openLosses(
  architecture: Architecture,
  ledger: TensorLedger,
): Promise<Losses> {
  const graph = scoringGraph(architecture, ledger);
  const switches = graph.inputs.map(({ label }) => label).filter((each) =>
    each.startsWith(switchOf(""))
  );
  const runtime = await openRuntime({ device: "cpu" });
  try {
    await runtime.load("losses", graph, { lean: true });
    const scores = (layers: Iterable<string>) =>
      scoresOf(runtime, architecture, { switches, layers });
    const exact = await scores([]);
    const lossOf: LossOf = async (layers) =>
      spread(moved(exact, await scores(layers))) / spread(exact);
    return { lossOf, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
  } catch (error) {
    await runtime[Symbol.asyncDispose]();
    throw error;
  }
}

/** The logits of every text, one label after another, with some layers rounded. */
async function scoresOf(
  runtime: Runtime,
  architecture: Architecture,
  { switches, layers }: { switches: readonly string[]; layers: Iterable<string> },
): Promise<readonly Float32Array[]> {
  const on = new Set([...layers].map(switchOf));
  const settings = switches.map((name) => {
    return [name, { data: Float32Array.of(on.has(name) ? 1 : 0), dims: [] }] as const;
  });
  const tree = { ...treeOptions(architecture), windows: windowsOf(architecture) };
  const { pooling } = architecture;
  const { feeds, readings } = scoringFeeds(randomTexts(architecture), { tree, pooling });
  const { outputs } = await runtime.run("losses", { ...feeds, ...Object.fromEntries(settings) });
  const { data, dims: [, labels = 1] } = outputs.logits!;
  const rows = readings.flatMap((own) => [...own]);
  return Array.from(
    { length: labels },
    (_, label) => Float32Array.from(rows, (row) => Number(data[row * labels + label])),
  );
}

/** Always the same ones, so that a model is measured alike wherever it is. */
function randomTexts({ dimensions, pooling }: Architecture): Query[] {
  const { vocabulary, context } = dimensions;
  const length = Math.min(LENGTH, context);
  let state = 1;
  const next = () => (state = Math.imul(state, 48_271) & 0x7fffffff) % vocabulary;
  return Array.from({ length: TEXTS }, (): Query => {
    const [ids, last] = [Int32Array.from({ length }, next), length - 1];
    const pool = pooling === "first" ? [0] : isGated(pooling) ? [0, last] : [last];
    return { ids, pool, rows: [], measure: ["attention"] };
  });
}

function moved(from: readonly Float32Array[], to: readonly Float32Array[]): Float32Array[] {
  return from.map((scores, label) => scores.map((each, i) => to[label]![i]! - each));
}

/** The standard deviation, but for a factor, over all labels. */
function spread(labels: readonly Float32Array[]): number {
  return Math.hypot(...labels.map((scores) => {
    const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length;
    return Math.hypot(...scores.map((each) => each - mean));
  }));
}
