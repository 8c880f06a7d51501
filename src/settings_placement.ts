/**
 * The settings of where a model runs: devices, replicas, threads, processes.
 *
 * @module
 */

import { areDevices, devicesExpected } from "./engine/device_list.ts";
import { attentionForms } from "./engine/passes/scoring.ts";
import { help, integer, oneOf, text, toggle } from "./settings_readers.ts";

/** The settings of where a model runs. */
export function placementSettings() {
  return {
    device: text().refine(areDevices, devicesExpected).default("auto").register(help, {
      value: "NAME",
      description:
        "device of the model: auto (the best that works), cpu, webgpu, cuda, or cuda:1 for the second GPU; " +
        "serve takes several with commas, with a replica on each",
    }),
    threads: integer(1, 1024).optional().register(help, {
      value: "N",
      description:
        "threads of the CPU provider; serve divides the cores among its models and their replicas",
      unset: "one per core",
    }),
    attention: oneOf("auto", ...attentionForms).default("auto").register(help, {
      value: "FORM",
      description:
        "how attention is computed: tiles (in a loop, with little memory), dense (in one product where it fits into " +
        "--max-attention-mb), fused (in one operator without scores; a CPU, or CUDA in float16 and bfloat16), or " +
        "auto, which is the fastest: tiles on a CPU, on a GPU fused where it can be and else dense",
    }),
    maxAttentionMb: integer(1, 2 ** 20).default(1_000).register(help, {
      value: "N",
      description:
        "memory in units of 1,000,000 bytes that attention of one layer may take at once; beyond it attention goes " +
        "tile by tile",
    }),
    replicas: integer(1, 64).default(1).register(help, {
      value: "N",
      description:
        "times that each model is loaded, each with a part of the threads; batches run side by side, and " +
        "one that dies is replaced while the others go on",
    }),
    // Off where no process may be started, or memory counts more than a crash.
    isolate: toggle().default(true).register(help, {
      description:
        "run each model in a process of its own, which is replaced when it crashes; needs Deno's " +
        "--allow-run=deno, and without it, or with --no-isolate, a crash ends the server",
    }),
  };
}
