import assert from "node:assert/strict";
import { z } from "zod";
import { decoderFields } from "../../src/architectures/decoder_configuration.ts";
import { decoderSizes, expectWholeHeads } from "../../src/architectures/decoder_sizes.ts";

const given = {
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 4,
};

Deno.test("sizes that a file is silent about are those of the family", () => {
  const sizes = decoderSizes({ ...given, max_position_embeddings: 64 });
  const silent = z.object({ ...decoderFields, ...sizes });
  const { hidden_size, max_position_embeddings } = silent.parse({ hidden_size: 48 });
  assert.deepEqual([hidden_size, max_position_embeddings], [48, 64]);
});

Deno.test("a family may want heads that divide the width, even where they have a width of their own", () => {
  const whole = z.object(decoderFields).superRefine(expectWholeHeads);
  const message = (more: object) =>
    whole.safeParse({ ...given, ...more }).error?.issues[0]?.message;
  assert.equal(message({ head_dim: 8 }), undefined);
  assert.equal(
    message({ head_dim: 8, num_attention_heads: 5 }),
    '5 heads do not divide "hidden_size" 24',
  );
});
