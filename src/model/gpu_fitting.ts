/**
 * What a model computes in on a GPU: the type that is asked for, or with `auto` the one that its weights are stored in
 * where the device has it. What does not fit into the free memory of the GPU, weights with the largest batch, is
 * refused before it is loaded.
 *
 * @module
 */

import { activationBytes, type LargestBatch } from "../engine/activations.ts";
import { ATTENTION_BYTES } from "../engine/attention_memory.ts";
import { type Device, partsOf, type Place } from "../engine/devices.ts";
import type { ComputeDtype } from "../engine/engine.ts";
import { AbacusError } from "../errors.ts";
import { formatBytes } from "../files.ts";
import { weightBytes } from "../onnx/weight_bytes.ts";
import type { Blueprint } from "./blueprint.ts";

/** The GPU, and what may be asked of it. */
export interface GpuFitting {
  readonly directory: string;
  readonly place: Place;
  readonly asked: "auto" | ComputeDtype;
  /** Bytes; undefined where nobody can tell, and nothing is refused. */
  readonly freeBytes: number | undefined;
  /** How many times the weights are held on it. */
  readonly copies: number;
  readonly batch: Partial<LargestBatch>;
  /** Reads the blueprint in a type. */
  read(dtype: ComputeDtype): Promise<Blueprint>;
}

/** Tokens of a batch where nobody says how many there may be. */
const BATCH_TOKENS = 16_384;

/**
 * Reads the blueprint in the first type that fits.
 *
 * @throws {AbacusError} `bad_device` with the numbers where none does
 */
export async function fitOnGpu(
  fitting: GpuFitting,
): Promise<{ dtype: ComputeDtype; blueprint: Blueprint }> {
  const { asked, place, freeBytes, directory, read } = fitting;
  const stored = await read("float32");
  const { reason, dtypes } = asked === "auto"
    ? wanted(partsOf(place).device, stored)
    : { dtypes: [asked], reason: undefined };
  const tooLarge: string[] = [];
  for (const dtype of dtypes) {
    const blueprint = dtype === "float32" ? stored : await read(dtype);
    const need = needOf(blueprint, dtype, fitting);
    if (freeBytes === undefined || need.bytes <= freeBytes) {
      const why = tooLarge.length > 0 ? `${tooLarge.join(", ")}` : reason;
      return { dtype, blueprint: why === undefined ? blueprint : noted(blueprint, dtype, why) };
    }
    tooLarge.push(`${dtype} needs ${need.text}`);
  }
  throw new AbacusError(
    "bad_device",
    `Cannot load the model on ${place} as ${tooLarge.join(", ")}, and ` +
      `${formatBytes(freeBytes ?? 0)} are free: received ${directory}`,
  );
}

/**
 * The types that `auto` may take, the most wanted first, and why. CUDA computes in both half types; what is stored in
 * float32 stays so while it fits. No WebGPU device has bfloat16, whose range float16 lacks; whether one has float16
 * shows when the model is loaded.
 */
function wanted(
  device: Device,
  { inventory: { dtypes: [most] } }: Blueprint,
): { dtypes: readonly ComputeDtype[]; reason?: string } {
  const stored = most?.dtype;
  const half = device === "cuda" ? ["bfloat16", "float16"] as const : ["float16"] as const;
  const own = half.find((each) => each === stored);
  if (own !== undefined) return { dtypes: [own], reason: "most weights are stored in it" };
  return { dtypes: device === "cuda" ? ["float32", "bfloat16"] : ["float32"] };
}

/** Weights, the largest batch, and what the device takes for itself. */
function needOf(
  { graph, architecture: { dimensions } }: Blueprint,
  dtype: ComputeDtype,
  { copies, batch: { tokens = BATCH_TOKENS, attentionBytes = ATTENTION_BYTES } }: GpuFitting,
): { bytes: number; text: string } {
  const weights = weightBytes(graph).all;
  const beside = activationBytes(dimensions, dtype, { tokens, attentionBytes });
  const bytes = copies * (weights + beside);
  const times = copies === 1 ? "" : `${copies} times `;
  return {
    bytes,
    text: `${formatBytes(bytes)} of memory (${times}${formatBytes(weights)} of weights and ` +
      `${formatBytes(beside)} for batches of ${tokens} tokens)`,
  };
}

function noted(blueprint: Blueprint, dtype: ComputeDtype, why: string): Blueprint {
  const note = `${dtype} was chosen as ${why}; --dtype float32 computes in float32`;
  return { ...blueprint, notes: [...blueprint.notes, note] };
}
