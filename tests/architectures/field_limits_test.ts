import assert from "node:assert/strict";
import { withinLimits } from "../../src/architectures/field_limits.ts";

Deno.test("sizes that a model may have pass, and what is no number is not judged here", () => {
  const config = {
    num_hidden_layers: 4096,
    hidden_size: 2 ** 20,
    vocab_size: 2 ** 31 - 1,
    max_position_embeddings: 2 ** 24,
    n_head: "many",
    head_dim: null,
    other: 1e300,
  };
  assert.equal(withinLimits(config), config);
});

Deno.test("a size beyond all measure is refused by the name that the file has for it", () => {
  for (
    const field of ["num_hidden_layers", "n_layer", "n_layers", "n_positions", "dim", "num_labels"]
  ) {
    assert.throws(() => withinLimits({ [field]: 1e9 }), {
      kind: "bad_model",
      path: "config.json",
      message: new RegExp(`as "${field}" may be at most \\d+: received 1000000000$`),
    });
  }
});
