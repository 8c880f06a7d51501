import assert from "node:assert/strict";
import { z } from "zod";
import {
  encoderFields,
  encoderHeads,
  expectHeads,
} from "../../src/architectures/encoder_configuration.ts";

const defaults = {
  vocab_size: 9,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 8,
  type_vocab_size: 0,
  hidden_act: "gelu",
  layer_norm_eps: 1e-12,
} as const;
const schema = z.object(encoderFields(defaults)).superRefine(expectHeads);

Deno.test("a file's own fields replace a family's defaults", () => {
  assert.deepEqual(schema.parse({}), defaults);
  const own = { hidden_size: 12, hidden_act: "relu", type_vocab_size: 2 };
  assert.deepEqual(schema.parse(own), { ...defaults, ...own });
});

Deno.test("heads that do not divide the width, and sizes that are none, are refused by field", () => {
  const pathOf = (json: object) =>
    schema.safeParse(json).error?.issues.map(({ path }) => path.join());
  assert.deepEqual(pathOf({ num_attention_heads: 3 }), ["num_attention_heads"]);
  assert.deepEqual(pathOf({ hidden_size: 0 }), ["hidden_size"]);
  assert.deepEqual(pathOf({ hidden_act: "step" }), ["hidden_act"]);
});

Deno.test("scores are scaled by the root of a head's width", () => {
  assert.deepEqual(encoderHeads({ ...defaults, hidden_size: 32 }), {
    heads: 2,
    kvHeads: 2,
    width: 16,
    scale: 0.25,
  });
});
