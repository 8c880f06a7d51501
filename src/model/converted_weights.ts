/**
 * Converted weights: the same model over weights that were stored again in the type that its products are computed in.
 *
 * @module
 */

import { join } from "node:path";
import type { Architecture } from "../architectures/architecture.ts";
import { attentionFormOf, scoringGraph } from "../engine/passes/scoring.ts";
import { AbacusError } from "../errors.ts";
import type { Graph, Node } from "../onnx/graph.ts";
import { bodiesOf } from "../onnx/needed.ts";
import type { Checkpoint, StoredTensor, TensorLedger } from "../weights/checkpoint.ts";
import { deriveCheckpoint, type Derived } from "../weights/derived.ts";
import { type LinearWeight, quantizedWeight } from "../weights/quantized_weight.ts";
import { toFloat16 } from "../weights/to_float16.ts";
import { toInt8 } from "../weights/to_int8.ts";
import { type OnConverted, watched } from "../weights/watched.ts";
import { chooseExact, exactNote, LARGEST_LOSS } from "./exact_layers.ts";
import { keptChoice } from "./kept_choice.ts";
import type { ModelFiles } from "./model_files.ts";
import { openLosses } from "../engine/rounding_loss.ts";

/** The folder beside a model that keeps its converted weights, where no other is named. */
export function cacheBeside(directory: string): string {
  return join(directory, ".abacus");
}

/** A model whose graph has been written. */
interface Written {
  readonly architecture: Architecture;
  readonly checkpoint: Checkpoint;
  readonly graph: Graph;
  /** A ledger of which nothing was taken yet. */
  readonly ledger: (checkpoint: Checkpoint) => TensorLedger;
}

/** A graph over converted weights, and the checkpoint that holds what was not converted as well. */
export interface Converted {
  readonly checkpoint: Checkpoint;
  readonly graph: Graph;
}

/** Where converted weights are kept. */
interface Place {
  readonly cache: string | undefined;
  /** The model's, beside whose files the weights are kept where no cache is named. */
  readonly directory: string;
  /** Told how far the conversion is. */
  readonly onConverted?: OnConverted | undefined;
}

/** What int8 may do to scores. */
interface Int8Options extends Place {
  /** As {@linkcode LARGEST_LOSS}; where it is Infinity, all layers are rounded and nothing is measured. */
  readonly largestLoss?: number | undefined;
}

/**
 * The same model over a checkpoint whose tensors are float16 where the graph casts them to it, so that
 * the engine reads half as many bytes and converts none. The numbers are the same: what the graph uses
 * in float32 as well, such as the weights of norms and of the head, stays as it is.
 */
export async function overFloat16(
  written: Written,
  { cache, onConverted }: { cache: string; onConverted?: OnConverted | undefined },
): Promise<Converted> {
  const names = castToFloat16(written.graph);
  if (names.size === 0) return written;
  const half = watched(toFloat16(names), onConverted);
  const { checkpoint } = await deriveCheckpoint(written.checkpoint, half, cache);
  const form = { dtype: "float16", attention: attentionFormOf(written.graph) } as const;
  const graph = scoringGraph(written.architecture, written.ledger(checkpoint), form);
  return { checkpoint, graph };
}

/** The stored tensors that a graph uses as float16 alone. */
function castToFloat16(graph: Graph): ReadonlySet<string> {
  const cast = new Set<string>();
  const wide = new Set<string>();
  const walk = (node: Node) => {
    const narrows = node.op === "Cast" && node.outputs[0]?.dtype === "float16";
    for (const input of node.inputs) {
      const weight = input && graph.weights.get(input);
      if (weight !== undefined) (narrows ? cast : wide).add(weight.name);
    }
    for (const body of bodiesOf(node)) body.nodes.forEach(walk);
  };
  graph.nodes.forEach(walk);
  return cast.difference(wide);
}

/**
 * The same model with the linear layers of its blocks in int8, but for those that lose too much
 * (`exact_layers.ts`). Their weights alone are stored again; tables, norms, biases and the head are read
 * from where they are.
 *
 * @returns `note` says which layers were left in float32
 * @throws {AbacusError} `bad_usage` where nothing can be written there
 */
export async function overInt8(
  written: Written & { readonly files: ModelFiles },
  { largestLoss = LARGEST_LOSS, ...place }: Int8Options,
): Promise<Converted & { note?: string }> {
  const { architecture, checkpoint } = written;
  const weights = blockWeights(written);
  if (weights.size === 0) return written;
  const sources = [...weights.values()].map(({ tensor }) => tensor);
  const { checkpoint: int8 } = await keep(
    { ...checkpoint, tensors: new Map(sources.map((each) => [each.name, each])) },
    new Map([...weights.values()].map(({ tensor, weight }) => [tensor.name, weight])),
    place,
  );
  const ledger = (exact: ReadonlySet<string>, switched = false) => {
    const quantized = (name: string) => {
      const own = exact.has(name) ? undefined : weights.get(name);
      return own === undefined ? undefined : quantizedWeight(int8, own.tensor.name, own.weight);
    };
    return withQuantized(written.ledger(checkpoint), { quantized, switched });
  };
  const layers = [...weights].map(([name, { weight: { inputs, outputs } }]) => {
    return { name, size: inputs * outputs };
  });
  const choice = largestLoss === Infinity
    ? undefined
    : await keptChoice(int8, [largestLoss, dependenciesOf(written)], async () => {
      await using losses = await openLosses(architecture, ledger(new Set(), true));
      return await chooseExact(layers, losses.lossOf, largestLoss);
    });
  const note = choice && exactNote(choice, layers);
  const graph = scoringGraph(architecture, ledger(new Set(choice?.names)));
  return { checkpoint, graph, ...(note === undefined ? {} : { note }) };
}

/** What scores depend on beside the weights of the blocks. */
function dependenciesOf(
  { architecture, files: { adapter } }: Pick<Written, "architecture"> & { files: ModelFiles },
): unknown {
  const { name, head, pooling } = architecture;
  return [name, head.text, pooling, adapter?.source ?? null];
}

/** The bytes that {@linkcode overInt8} saves of a model in float32, without converting anything. */
export function savedByInt8(written: Written): number {
  const float32 = 4;
  return [...blockWeights(written).values()].reduce(
    (saved, { weight: { inputs, outputs } }) =>
      saved + (float32 - 1) * inputs * outputs - float32 * outputs,
    0,
  );
}

/** @throws {AbacusError} `bad_usage` where the device is not the CPU */
export function expectCpu(device: string): void {
  if (device === "cpu") return;
  throw new AbacusError(
    "bad_usage",
    `Cannot compute in int8 as that is for the CPU: received --device ${device}`,
  );
}

async function keep(
  source: Checkpoint,
  weights: ReadonlyMap<string, LinearWeight>,
  { cache, directory, onConverted }: Place,
): Promise<Derived> {
  try {
    const int8 = watched(toInt8(weights), onConverted);
    return await deriveCheckpoint(source, int8, cache ?? cacheBeside(directory));
  } catch (cause) {
    if (cache !== undefined || !(cause instanceof AbacusError) || cause.kind !== "bad_usage") {
      throw cause;
    }
    throw new AbacusError(
      "bad_usage",
      `Cannot keep weights in int8 beside the model as its folder cannot be written ` +
        `(--cache names another, Deno needs --allow-write for it): received ${directory}`,
      { cause },
    );
  }
}

/** A weight of a linear layer, as it is stored. */
interface Stored {
  readonly tensor: StoredTensor;
  readonly weight: LinearWeight;
}

/** The weights of the linear layers within the numbered blocks of the trunk, by the layers' names. */
function blockWeights({ architecture, checkpoint, ledger }: Written): ReadonlyMap<string, Stored> {
  const found = new Map<string, Stored>();
  const { prefix } = architecture.trunk;
  const own = ledger(checkpoint);
  const quantized = (name: string, weight: LinearWeight) => {
    if (!name.startsWith(`${prefix}.`) || !/\.\d+\./.test(name)) return undefined;
    const { outputs, inputs, layout } = weight;
    const shape = layout === "out-in" ? [outputs, inputs] : [inputs, outputs];
    found.set(name, { tensor: own.take(`${name}.weight`, shape), weight });
    return undefined;
  };
  const recording = withQuantized(own, { quantized });
  scoringGraph(architecture, recording);
  return found;
}

/** A ledger around another one, which may give quantised weights. */
function withQuantized(
  base: TensorLedger,
  { quantized, switched = false }:
    & Required<Pick<TensorLedger, "quantized">>
    & Pick<TensorLedger, "switched">,
): TensorLedger {
  return {
    take: (name, shape) => base.take(name, shape),
    has: (name) => base.has(name),
    ignore: (pattern, reason) => base.ignore(pattern, reason),
    settle: () => base.settle(),
    ...(base.update === undefined ? {} : { update: (name, shape) => base.update?.(name, shape) }),
    quantized,
    switched,
  };
}
