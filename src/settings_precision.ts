/**
 * Settings of what a model computes in, and where weights are kept that were converted for it.
 *
 * @module
 */

import { help, oneOf, text, toggle } from "./settings_readers.ts";

/** The settings; docs/precision.md tells what each type costs and saves. */
export function precisionSettings() {
  return {
    dtype: oneOf("auto", "float32", "float16", "bfloat16", "int8").default("auto").register(help, {
      value: "TYPE",
      description:
        "number type that the model computes in: float32, float16, bfloat16 (not on WebGPU), int8 (its linear layers, on a CPU; " +
        "inspect --fidelity tells what it changes), or auto: on CUDA the half type that most weights are stored in, " +
        "elsewhere float32, or int8 where only that fits into the memory of the CPU; on a CPU float16 and bfloat16 " +
        "are no faster",
    }),
    cache: text().optional().register(help, {
      value: "DIR",
      description:
        "folder that keeps weights (not answers) converted to float16 or int8, which may be emptied at any time; " +
        "Deno needs --allow-write for it",
      unset:
        "for int8 the folder .abacus beside the model; for float16 none: weights are converted " +
        "whenever the model is loaded",
    }),
    fidelity: text().optional().register(help, {
      value: "FILE",
      description:
        "score the rows of a file, as score reads them, in float32 and in --dtype, and show how far " +
        "scores and credit differ",
      unset: "nothing is computed",
    }),
    emptyCache: toggle().default(false).register(help, {
      description: "remove the converted weights beside the model and in --cache",
    }),
  };
}
