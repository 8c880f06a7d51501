import assert from "node:assert/strict";
import { ledgerOf, readBlueprint } from "../../src/model/blueprint.ts";
import { keptWeights } from "../../src/model/kept_weights.ts";
import { openLosses } from "../../src/engine/rounding_loss.ts";
import type { TensorLedger } from "../../src/weights/checkpoint.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { quantizedWeight } from "../../src/weights/quantized_weight.ts";
import { tinyModel } from "../model/tiny_model.ts";

Deno.test("losses are measured of any layers, and are the same at every measurement", async () => {
  await using model = await tinyModel();
  const blueprint = await readBlueprint(model.path, { dtype: "int8", largestLoss: Infinity });
  const [kept] = await keptWeights(model.path, undefined);
  const int8 = await openCheckpoint(kept!.path);
  const base = ledgerOf(blueprint, blueprint.architecture);
  const names = new Set<string>();
  const ledger: TensorLedger = {
    take: (name, shape) => base.take(name, shape),
    has: (name) => base.has(name),
    ignore: (pattern, reason) => base.ignore(pattern, reason),
    settle: () => base.settle(),
    switched: true,
    quantized: (name, weight) => {
      if (!int8.tensors.has(`${name}.weight.int8`)) return undefined;
      names.add(name);
      return quantizedWeight(int8, `${name}.weight`, weight);
    },
  };
  await using losses = await openLosses(blueprint.architecture, ledger);
  const [first] = names;
  assert.equal(await losses.lossOf([]), 0);
  const [one, all] = [await losses.lossOf([first!]), await losses.lossOf(names)];
  assert.ok(one > 0 && all > 0 && one !== all && all < 0.5, `${one}, ${all}`);
  assert.equal(await losses.lossOf(names), all);
});
