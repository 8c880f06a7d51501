import assert from "node:assert/strict";
import { atOnceLimits, elementBytes } from "../../src/engine/attention_memory.ts";
import type { Device } from "../../src/engine/devices.ts";
import type { ModelDtype } from "../../src/engine/engine.ts";
import { layoutOf, treeOptions } from "../../src/engine/tuning.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { goldenDirectory } from "../support/golden_model.ts";

const { architecture } = await readBlueprint(goldenDirectory("gemma2"));
const { trunk } = architecture; // 4 heads on 2, each 8 wide
const setting = { device: "cuda", dtype: "float32", bytes: 1000 } as const;

Deno.test("tiles have no limit, as nothing is computed at once", () => {
  assert.deepEqual(atOnceLimits(trunk, { ...setting, form: "tiles" }), {});
});

Deno.test("a pair counts in every head, and a place with all that is gathered of it", () => {
  const oneTile = { bytes: 1000, perPair: 4 * 12, perPlace: 4 * (2 * 4 + 4 * 2) * 8 };
  assert.deepEqual(atOnceLimits(trunk, { ...setting, form: "dense" }), { oneTile });
  const half = atOnceLimits(trunk, { ...setting, form: "dense", dtype: "bfloat16" });
  assert.equal(half.oneTile!.perPlace, oneTile.perPlace / 2);
  assert.equal(half.oneTile!.perPair, oneTile.perPair); // the softmax is computed in float32
});

Deno.test("fused operators hold no scores on CUDA, where half types have them; on WebGPU they are wrong", () => {
  const fused = (device: Device, dtype: ModelDtype = "bfloat16") =>
    atOnceLimits(trunk, { ...setting, device, dtype, form: "fused" });
  const { oneTile, wholeTexts } = fused("cuda");
  assert.deepEqual(wholeTexts, { ...oneTile, perPair: 0 });
  assert.deepEqual(fused("cpu"), { oneTile, wholeTexts: oneTile });
  assert.deepEqual(fused("webgpu"), { oneTile });
  assert.equal(fused("cuda", "float32").wholeTexts, undefined);
});

Deno.test("tiles beyond that memory are no larger than it either", () => {
  const bytes = 1e6;
  const { tiles } = layoutOf(architecture, { ...setting, form: "dense", bytes });
  assert.ok(tiles.maxPairs * 4 * 12 <= bytes && (tiles.maxPairs + 1) * 4 * 12 > bytes);
  const tiled = layoutOf(architecture, { ...setting, form: "tiles", bytes });
  assert.deepEqual(tiled, treeOptions(architecture));
});

Deno.test("half precision takes two bytes, and int8 four, as what travels is float32", () => {
  const dtypes = ["float32", "float16", "bfloat16", "int8"] as const;
  assert.deepEqual(dtypes.map(elementBytes), [4, 2, 2, 4]);
});
