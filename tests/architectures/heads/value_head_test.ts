import assert from "node:assert/strict";
import { grmHead, hasValueHead, valueHead } from "../../../src/architectures/heads/value_head.ts";
import { gpt2 } from "../../../src/architectures/gpt2.ts";

function storing(shapes: Record<string, number[]>) {
  const stored = new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
  const json = { n_embd: 8, n_head: 2, n_layer: 1 };
  return { ...gpt2.read(json), fields: json, stored };
}

Deno.test("what is stored tells the layers, and which of them have biases", () => {
  const linear = storing({ "v_head.summary.weight": [1, 8], "v_head.summary.bias": [1] });
  assert.equal(valueHead.head(linear).text, "linear v_head.summary");
  const mlp = storing({
    "v_head.summary.2.weight": [1, 16],
    "v_head.summary.0.weight": [16, 8],
    "v_head.summary.0.bias": [16],
  });
  const { text, labels } = valueHead.head(mlp);
  assert.equal(text, "linear v_head.summary.0, relu, linear v_head.summary.2");
  assert.deepEqual(labels, ["LABEL_0"]);
});

Deno.test("layers that no ReLU stands between are refused by name", () => {
  for (
    const names of [["0", "1"], ["1", "3"], ["0", "4"]].map((all) =>
      all.map((each) => `v_head.summary.${each}.weight`)
    )
  ) {
    const shapes = Object.fromEntries(names.map((name) => [name, [8, 8]]));
    assert.throws(() => valueHead.head(storing(shapes)), {
      kind: "bad_model",
      message: /^Cannot read the value head as its layers must be .*: received v_head\.summary\.\d/,
    });
  }
  assert.throws(() => valueHead.head(storing({})), { message: /received none$/ });
});

Deno.test("GRM's trainer says in config.json that the head is one of rewards", () => {
  const { stored } = storing({ "v_head.summary.weight": [1, 8] });
  assert.ok(hasValueHead(stored));
  assert.ok(!hasValueHead(storing({ "v_head.weight": [1, 8] }).stored));
  assert.equal(grmHead({ vhead_layer_type: "linear" }, stored)?.className, "GRewardModel");
  assert.equal(grmHead({}, stored), undefined);
  assert.equal(grmHead({ vhead_layer_type: "linear" }), undefined);
});
