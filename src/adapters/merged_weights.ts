/**
 * Merged weights: weights with what an adapter adds to them, as peft's `merge_and_unload` leaves them.
 *
 * @module
 */

import type { LowRankUpdate } from "../weights/checkpoint.ts";
import type { LinearWeight } from "../weights/quantized_weight.ts";
import { readTensor } from "../weights/read_tensor.ts";

/**
 * Adds `scale * up @ down` to the weight of a linear layer, in place (LoRA, arXiv 2106.09685, equation 3).
 *
 * @param weight `[outputs, inputs]`, or `[inputs, outputs]` where the layer is stored so
 */
export async function addUpdate(
  weight: Float32Array<ArrayBuffer>,
  { down, up, scale }: LowRankUpdate,
  { inputs, layout }: Pick<LinearWeight, "inputs" | "layout">,
): Promise<void> {
  const [a, b] = [await readTensor(down), await readTensor(up)];
  const rank = a.length / inputs;
  const outputs = b.length / rank;
  const [toOutput, toInput] = layout === "out-in" ? [inputs, 1] : [1, outputs];
  for (let output = 0; output < outputs; output++) {
    for (let column = 0; column < rank; column++) {
      const factor = scale * b[output * rank + column]!;
      const row = a.subarray(column * inputs, (column + 1) * inputs);
      let at = output * toOutput;
      for (let input = 0; input < inputs; input++, at += toInput) {
        weight[at] = weight[at]! + factor * row[input]!;
      }
    }
  }
}
