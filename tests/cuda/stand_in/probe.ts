/**
 * Opens a library in the driver's place, then a runtime on CUDA, and prints why that does not work.
 *
 * @module
 */

import { openRuntime } from "../../../src/engine/runtime.ts";

Deno.dlopen(Deno.args[0]!, {}); // by its name the loader takes it for libcuda.so.1 from now on
const words = await openRuntime({ device: "cuda", threads: 1 })
  .then(() => "it works", (error: Error) => error.message);
await Deno.stdout.write(new TextEncoder().encode(words));
Deno.exit();
