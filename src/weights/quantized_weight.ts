/**
 * A quantised weight: the whole numbers and the scales that take the place of a linear layer's weight, as a derived
 * checkpoint names them.
 *
 * @module
 */

import { badModel } from "./bad_model.ts";
import type { Checkpoint, ListedTensor, StoredTensor } from "./checkpoint.ts";
import { isUsable } from "./element_type.ts";

/** The weight of a linear layer as its checkpoint stores it. */
export interface LinearWeight {
  /** Outputs that are stored, of which a layer may compute a part. */
  readonly outputs: number;
  readonly inputs: number;
  readonly layout: "out-in" | "in-out";
}

/** A weight rounded to whole numbers, transposed where need be, with a scale for each output. */
export interface QuantizedWeight {
  /** `[inputs, outputs]` */
  readonly numbers: ListedTensor & { readonly dtype: "int8" };
  /** `[outputs]` */
  readonly scales: StoredTensor;
}

/** The names of what the weight of a name becomes. */
export function quantizedNames(name: string): { numbers: string; scales: string } {
  return { numbers: `${name}.int8`, scales: `${name}.scales` };
}

/**
 * What a derived checkpoint holds in place of a weight.
 *
 * @throws {AbacusError} `bad_model` where the file in the cache is not what was written there
 */
export function quantizedWeight(
  { source, tensors }: Pick<Checkpoint, "source" | "tensors">,
  name: string,
  { inputs, outputs }: LinearWeight,
): QuantizedWeight {
  const names = quantizedNames(name);
  const [numbers, scales] = [tensors.get(names.numbers), tensors.get(names.scales)];
  const whole = numbers?.dtype === "int8" && numbers.shape.join() === `${inputs},${outputs}` &&
    scales?.dtype === "float32" && scales.shape.join() === `${outputs}`;
  if (whole && isUsable(scales)) return { numbers: { ...numbers, dtype: "int8" }, scales };
  throw badModel(
    `Cannot read weights in int8 out of the cache as they are not those of ${name} (removing the ` +
      `file has them made again): received ${source}`,
  );
}
