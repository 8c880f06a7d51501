/**
 * Opens a library in the place of both of the driver's, and prints as JSON what is found of a GPU, and why a model
 * of the directory that is named is refused there.
 *
 * @module
 */

import { cudaDriver } from "../../../src/cuda/driver.ts";
import { freeMemory } from "../../../src/engine/free_memory.ts";
import { gpuSeen } from "../../../src/engine/gpu_seen.ts";
import { readFitting } from "../../../src/model/fitting_blueprint.ts";

const [directory, ...libraries] = Deno.args;
for (const library of libraries) Deno.dlopen(library, {}); // by its name the loader takes it from now on
const refusal = await readFitting(directory!, { device: "cuda" })
  .then(() => "it fits", (error: Error) => error.message);
const found = {
  ...cudaDriver(),
  seen: gpuSeen(),
  free: ["cuda", "cuda:0", "cuda:1"].map((place) => freeMemory(place as "cuda") ?? null),
  refusal,
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(found)));
Deno.exit();
