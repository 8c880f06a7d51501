/**
 * A blueprint that fits: in the number type that is asked for, or in the first that there is memory for. What
 * fits in none is refused before anything of it is converted or loaded, as the system would end the
 * process half-way.
 *
 * @module
 */

import type { DeviceChoice } from "../engine/devices.ts";
import type { ModelDtype } from "../engine/engine.ts";
import { freeMemory } from "../engine/free_memory.ts";
import { gpuSeen } from "../engine/gpu_seen.ts";
import { AbacusError } from "../errors.ts";
import { formatBytes } from "../files.ts";
import { weightBytes } from "../onnx/weight_bytes.ts";
import { type Blueprint, type BlueprintOptions, ledgerOf, readBlueprint } from "./blueprint.ts";
import { expectCpu, savedByInt8 } from "./converted_weights.ts";

/** What is asked for. */
export interface FittingOptions extends Omit<BlueprintOptions, "dtype"> {
  /** @default "auto", which is float32, or int8 where only that fits into the memory of the CPU */
  readonly dtype?: "auto" | ModelDtype | undefined;
  /** @default "auto" */
  readonly device?: DeviceChoice | undefined;
  /** How many times the weights are held, as replicas each do. @default 1 */
  readonly copies?: number | undefined;
  /** The free memory of the CPU in bytes, where it can be told; tests put theirs here. */
  readonly free?: () => number | undefined;
}

/** A blueprint and what its model computes in. */
export interface Fitting {
  readonly dtype: ModelDtype;
  readonly blueprint: Blueprint;
}

/**
 * Reads the blueprint in the type to compute in. On a GPU the runtime tells whether the model fits.
 *
 * @throws {AbacusError} as {@linkcode readBlueprint}, `bad_usage` for int8 on a GPU, `bad_device` with the
 * numbers where the model does not fit
 */
export async function readFitting(directory: string, options: FittingOptions): Promise<Fitting> {
  const { dtype: asked = "auto", device = "auto", free = () => freeMemory("cpu") } = options;
  if (asked === "int8" && device !== "auto") expectCpu(device);
  if (asked === "bfloat16" && device === "webgpu") expectNoBfloat16(device);
  const onCpu = asked === "int8" || device === "cpu" || (device === "auto" && !gpuSeen());
  const { attention = onCpu ? "tiles" : "dense" } = options;
  const read = (dtype: ModelDtype) => readBlueprint(directory, { ...options, dtype, attention });
  const blueprint = await read(asked === "auto" || asked === "int8" ? "float32" : asked);
  if (!onCpu) return { dtype: asked === "auto" ? "float32" : asked, blueprint };
  const needs = needsOf(blueprint, options)
    .filter((need) => asked === "auto" || need.dtype === asked);
  const { dtype, note } = chooseDtype(needs, free(), directory);
  if (dtype !== "int8") return { dtype, blueprint };
  const int8 = await read("int8");
  return { dtype, blueprint: note === undefined ? int8 : withNote(int8, note) };
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
  const { all, whileLoading } = weightBytes(graph);
  const bytes = (each: number) => copies * each + whileLoading;
  yield { dtype, bytes: bytes(all) };
  if (dtype !== "float32") return;
  const ledger = () => ledgerOf(blueprint, architecture);
  yield {
    dtype: "int8",
    bytes: bytes(all - savedByInt8({ architecture, checkpoint, graph, ledger })),
  };
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
