/**
 * Adapter updates: what the adapter of a policy adds to its linear layers, which is all that one may change.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import type { LinearShape } from "../../layers/linear.ts";
import { badModel, shown } from "../../weights/bad_model.ts";
import type { LowRankUpdate, TensorLedger } from "../../weights/checkpoint.ts";
import { linearLayers } from "./linear_layers.ts";

/** What is added to one layer. */
export interface AdapterUpdate {
  /** The layer, as in transformers. */
  readonly name: string;
  readonly update: LowRankUpdate;
  readonly shape: Required<Pick<LinearShape, "inputs" | "layout">>;
}

/**
 * Takes the adapter's matrices out of a ledger.
 *
 * @throws {AbacusError} `bad_model` where they do not fit the model, or add to biases
 */
export function adapterUpdates(ledger: TensorLedger, model: LanguageModel): AdapterUpdate[] {
  return [...linearLayers(model)].flatMap(([name, linear]) => {
    const { inputs, outputs, range, layout = "out-in" } = linear;
    const update = ledger.update?.(name, { kind: "linear", inputs, outputs: range?.of ?? outputs });
    if (update?.bias !== undefined) {
      throw badModel(
        `Cannot load a policy with an adapter that adds to biases: received ${
          shown(update.bias.name)
        }`,
      );
    }
    return update === undefined ? [] : [{ name, update, shape: { inputs, layout } }];
  });
}
