import assert from "node:assert/strict";
import { z } from "zod";
import {
  decoderFields,
  expectHeads,
  expectLayerTypes,
  headsOf,
  layerTypes,
  slidingWindow,
} from "../../src/architectures/decoder_configuration.ts";

const given = {
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 4,
};
const schema = z.object(decoderFields).superRefine(expectHeads);

Deno.test("heads are as wide as they fit, and have keys of their own, unless the file says otherwise", () => {
  const scale = 1 / Math.sqrt(6);
  assert.deepEqual(headsOf(given), { heads: 4, kvHeads: 4, width: 6, scale });
  assert.deepEqual(headsOf({ ...given, num_key_value_heads: 2, head_dim: 16 }), {
    heads: 4,
    kvHeads: 2,
    width: 16,
    scale: 0.25,
  });
});

Deno.test("widths that cannot be cut into heads are refused by the field that is at fault", () => {
  const at = (more: object) => schema.safeParse({ ...given, ...more }).error?.issues[0]?.path;
  assert.equal(at({}), undefined);
  assert.deepEqual(at({ hidden_size: 20 }), ["head_dim"]);
  assert.deepEqual(at({ num_key_value_heads: 3 }), ["num_key_value_heads"]);
  assert.deepEqual(at({ num_attention_heads: 0 }), ["num_attention_heads"]);
});

Deno.test("a window counts the token itself", () => {
  assert.deepEqual(slidingWindow(1), { window: { left: 0, right: 0 } });
  assert.deepEqual(slidingWindow(null), {});
});

Deno.test("each layer has a type that is known, or none has", () => {
  const typed = z.object({ num_hidden_layers: z.number(), layer_types: layerTypes })
    .superRefine(expectLayerTypes);
  const at = (layer_types?: unknown) =>
    typed.safeParse({ num_hidden_layers: 2, layer_types }).error?.issues[0]?.path;
  assert.equal(at(), undefined);
  assert.equal(at(null), undefined);
  assert.equal(at(["full_attention", "sliding_attention"]), undefined);
  assert.deepEqual(at(["full_attention"]), ["layer_types"]);
  assert.deepEqual(at(["full_attention", "chunked_attention"]), ["layer_types", 1]);
});
