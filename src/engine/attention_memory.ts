/**
 * Attention memory: what attention takes that is computed at once, and how much of it there may be. Beyond that it
 * is computed in tiles, so that no batch and no text takes more.
 *
 * @module
 */

import type { Trunk } from "../architectures/trunk.ts";
import type { AttentionForm } from "../layers/frames/attention_form.ts";
import type { AtOnceLimit } from "../tree/at_once.ts";
import type { TreeOptions } from "../tree/token_tree.ts";
import type { Device } from "./devices.ts";
import type { ModelDtype } from "./engine.ts";

/** Bytes that the attention of one layer may take, unless somebody says otherwise. */
export const ATTENTION_BYTES = 1e9;

/**
 * Bytes of one row on one key in one head, while the softmax is computed: the score as it is masked, the weight, and
 * one of them in the type to compute in.
 */
export const BYTES_PER_SCORE = 12;

/** How attention is computed, and with how much memory. */
export interface AttentionSetting {
  readonly form: AttentionForm;
  readonly device: Device;
  readonly dtype: ModelDtype;
  /** Bytes that it may take. */
  readonly bytes: number;
}

/** What the trunk has to tell. */
type Attending = Pick<Trunk, "attention" | "dimensions">;

/** Where batches may be attended at once: nowhere in the form of tiles. */
export function atOnceLimits(
  trunk: Attending,
  { form, device, dtype, bytes }: AttentionSetting,
): Pick<TreeOptions, "oneTile" | "wholeTexts"> {
  if (form === "tiles") return {};
  const limit: AtOnceLimit = {
    bytes,
    perPair: BYTES_PER_SCORE * mostHeads(trunk),
    perPlace: elementBytes(dtype) * numbersPerPlace(trunk),
  };
  if (form === "dense" || !hasFused(device, dtype)) return { oneTile: limit };
  // Its kernels on CUDA hold no scores; that of the CPU does.
  return { oneTile: limit, wholeTexts: device === "cuda" ? { ...limit, perPair: 0 } : limit };
}

/**
 * The form that is fastest. On an H200 in bfloat16, with credit, fused operators were 1.1 to 1.7 times as fast as a dense
 * product, and tiles, whose loop starts a kernel for each of many small products, 0.07 to 0.19 times (docs/gpu.md).
 */
export function fastestForm(device: Device, dtype: ModelDtype): AttentionForm {
  if (device === "cpu") return "tiles";
  return hasFused(device, dtype) ? "fused" : "dense";
}

/**
 * Whether a device has the fused operator. CUDA has it in half types alone. On WebGPU that of onnxruntime 1.30 gives
 * other numbers: scores of golden models were off by 0.8 and more.
 */
function hasFused(device: Device, dtype: ModelDtype): boolean {
  return device === "cpu" || device === "cuda" && elementBytes(dtype) === 2;
}

/** The most heads of any layer. */
function mostHeads(trunk: Attending): number {
  return Math.max(...layersOf(trunk).map(({ heads }) => heads));
}

/** A query and its result; a key and a value, and both again head by head. */
function numbersPerPlace(trunk: Attending): number {
  return Math.max(
    ...layersOf(trunk).map(({ heads, kvHeads, width }) => (2 * heads + 4 * kvHeads) * width),
  );
}

function layersOf({ attention, dimensions }: Attending) {
  return Array.from({ length: dimensions.layers }, (_, i) => attention(i));
}

/** Of numbers that travel between products. */
export function elementBytes(dtype: ModelDtype): number {
  return dtype === "float16" || dtype === "bfloat16" ? 2 : 4;
}
