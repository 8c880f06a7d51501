/**
 * A blueprint that fits: in the number type that is asked for, or in the first that there is memory for. What
 * fits in none is refused before anything of it is converted or loaded, as the system would end the
 * process half-way.
 *
 * @module
 */

import { fastestForm } from "../engine/attention_memory.ts";
import { type Device, type DeviceChoice, partsOf, type Place } from "../engine/devices.ts";
import type { ModelDtype } from "../engine/engine.ts";
import { freeMemory } from "../engine/free_memory.ts";
import { likelyPlace, type Machine } from "../engine/likely_place.ts";
import { AbacusError } from "../errors.ts";
import { formatBytes } from "../files.ts";
import { weightBytes } from "../onnx/weight_bytes.ts";
import { type Blueprint, type BlueprintOptions, ledgerOf, readBlueprint } from "./blueprint.ts";
import { expectCpu, savedByInt8 } from "./converted_weights.ts";
import { fitOnGpu } from "./gpu_fitting.ts";

/** What is asked for. */
export interface FittingOptions extends Omit<BlueprintOptions, "dtype"> {
  /** @default "auto": on a CPU float32, or int8 where only that fits, on a GPU as `fitOnGpu` chooses */
  readonly dtype?: "auto" | ModelDtype | undefined;
  /** @default "auto" */
  readonly device?: DeviceChoice | undefined;
  /** How many times the weights are held, as replicas each do. @default 1 */
  readonly copies?: number | undefined;
  /** The most tokens of a batch, and the most bytes of attention, which a GPU has to have room for. */
  readonly batchTokens?: number | undefined;
  readonly attentionBytes?: number | undefined;
  /** The free memory of a device in bytes, where it can be told; tests put theirs here. */
  readonly free?: ((place: Place) => number | undefined) | undefined;
  /** What tells the device that `auto` will come to. @default this machine */
  readonly machine?: Machine | undefined;
}

/** A blueprint and what its model computes in. */
export interface Fitting {
  readonly dtype: ModelDtype;
  readonly blueprint: Blueprint;
  /** The device that it was written for. */
  readonly device: Device;
}

/**
 * Reads the blueprint in the type to compute in.
 *
 * @throws {AbacusError} as {@linkcode readBlueprint}, `bad_usage` for what the device cannot compute, `bad_device` with
 * the numbers where the model does not fit
 */
export async function readFitting(directory: string, options: FittingOptions): Promise<Fitting> {
  const { dtype: asked = "auto", device: choice = "auto", machine } = options;
  if (asked === "int8" && choice !== "auto") expectCpu(choice);
  if (asked === "bfloat16" && choice === "webgpu") expectNoBfloat16(choice);
  const place = asked === "int8" ? "cpu" : likelyPlace(choice, machine);
  const { device } = partsOf(place);
  const { attention, free = freeMemory, copies = 1 } = options;
  const read = (dtype: ModelDtype) =>
    readBlueprint(directory, {
      ...options,
      dtype,
      attention: attention ?? fastestForm(device, dtype),
    });
  if (device === "cpu") return { device, ...await fitOnCpu(directory, options, read) };
  if (attention === "fused" && device === "webgpu") refuseFused(device, asked);
  const { batchTokens: tokens, attentionBytes } = options;
  const batch = {
    ...(tokens === undefined ? {} : { tokens }),
    ...(attentionBytes === undefined ? {} : { attentionBytes }),
  };
  const gpu = { directory, place, copies, batch, freeBytes: free(place), read };
  // What is asked for is int8 only on a CPU.
  const fitted = await fitOnGpu({ ...gpu, asked: asked === "int8" ? "auto" : asked });
  if (attention === "fused" && fitted.dtype === "float32") refuseFused(device, fitted.dtype);
  return { device, ...fitted };
}

async function fitOnCpu(
  directory: string,
  options: FittingOptions,
  read: (dtype: ModelDtype) => Promise<Blueprint>,
): Promise<Omit<Fitting, "device">> {
  const { dtype: asked = "auto", free = freeMemory } = options;
  const blueprint = await read(asked === "auto" || asked === "int8" ? "float32" : asked);
  const needs = needsOf(blueprint, options)
    .filter((need) => asked === "auto" || need.dtype === asked);
  const { dtype, note } = chooseDtype(needs, free("cpu"), directory);
  if (dtype !== "int8") return { dtype, blueprint };
  const int8 = await read("int8");
  // Which layers stay in float32 is known only now.
  chooseDtype([{ dtype, bytes: bytesOf(int8, options) }], free("cpu"), directory);
  return { dtype, blueprint: note === undefined ? int8 : withNote(int8, note) };
}

/** Where the operator has no kernel, or one that computes other numbers. */
function refuseFused(device: Device, dtype: "auto" | ModelDtype): never {
  throw new AbacusError(
    "bad_usage",
    "Cannot attend in fused operators but on --device cpu, or on cuda in float16 or bfloat16: received " +
      `--device ${device} --dtype ${dtype}`,
  );
}

function expectNoBfloat16(device: DeviceChoice): never {
  throw new AbacusError(
    "bad_usage",
    `Cannot compute in bfloat16 on WebGPU, which has no such numbers; --dtype float16 has as many bits: received ` +
      `--device ${device}`,
  );
}

/** What a model needs in a type, in bytes. */
export interface Need {
  readonly dtype: ModelDtype;
  readonly bytes: number;
}

/**
 * What a model needs on the CPU in the type of its blueprint, and where that is float32 in int8 as well, for which
 * the graph is written once more.
 */
export function* needsOf(
  blueprint: Blueprint,
  { copies = 1 }: Pick<FittingOptions, "copies"> = {},
): Generator<Need> {
  const { graph, architecture, checkpoint, dtype } = blueprint;
  yield { dtype, bytes: bytesOf(blueprint, { copies }) };
  if (dtype !== "float32") return;
  const ledger = () => ledgerOf(blueprint, architecture);
  const saved = savedByInt8({ architecture, checkpoint, graph, ledger });
  yield { dtype: "int8", bytes: bytesOf(blueprint, { copies }, saved) };
}

/** Of a graph as it is, but for `saved` bytes of its weights. */
function bytesOf(
  { graph }: Blueprint,
  { copies = 1 }: Pick<FittingOptions, "copies">,
  saved = 0,
): number {
  const { all, whileLoading } = weightBytes(graph);
  return copies * (all - saved) + whileLoading;
}

/**
 * Chooses the first type that fits, and says why where that is not the first.
 *
 * @param needs the types that may be taken, the most wanted first
 * @param freeBytes undefined where nobody can tell, and the first is taken
 * @throws {AbacusError} `bad_device` with the numbers, where none fits
 */
export function chooseDtype(
  needs: Iterable<Need>,
  freeBytes: number | undefined,
  directory: string,
): { dtype: ModelDtype; note?: string } {
  const tooLarge: string[] = [];
  const free = formatBytes(freeBytes ?? 0);
  for (const { dtype, bytes } of needs) {
    if (freeBytes === undefined || bytes <= freeBytes) {
      return tooLarge.length === 0
        ? { dtype }
        : { dtype, note: `${tooLarge.join(", ")}, and ${free} are free` };
    }
    tooLarge.push(`${dtype} needs ${formatBytes(bytes)} of memory`);
  }
  throw new AbacusError(
    "bad_device",
    `Cannot load the model as ${tooLarge.join(", ")}, and ${free} are free: received ${directory}`,
  );
}

function withNote(blueprint: Blueprint, note: string): Blueprint {
  return { ...blueprint, notes: [...blueprint.notes, `int8 was chosen as ${note}`] };
}
