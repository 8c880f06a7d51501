import assert from "node:assert/strict";
import type { ListedDtype, ListedTensor } from "../../src/weights/checkpoint.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import type { Naming } from "../../src/weights/tensor_names.ts";

function tensor(name: string, shape: number[], dtype: ListedDtype = "float32"): ListedTensor {
  return { name, shape, dtype, file: "/m/model.safetensors", offset: 0, length: 0 };
}

function ledgerOf(...tensors: ListedTensor[]): Ledger {
  return ledgerWith({}, ...tensors);
}

function ledgerWith(naming: Naming, ...tensors: ListedTensor[]): Ledger {
  const named = new Map(tensors.map((each) => [each.name, each]));
  return new Ledger({ source: "/m/model.safetensors", tensors: named }, naming);
}

const weight = tensor("score.weight", [1, 4]);

Deno.test("a ledger whose tensors were all taken settles", () => {
  const ledger = ledgerOf(weight, tensor("norm.weight", [4], "bfloat16"));
  assert.equal(ledger.take("score.weight", [1, 4]), weight);
  ledger.take("norm.weight", [4]);
  ledger.settle();
  assert.deepEqual(ledger.taken.map(({ name }) => name), ["score.weight", "norm.weight"]);
});

Deno.test("a tensor may be taken twice, as tied weights are, and counts once", () => {
  const ledger = ledgerOf(weight);
  assert.equal(ledger.take("score.weight", [1, 4]), ledger.take("score.weight", [1, 4]));
  ledger.settle();
  assert.equal(ledger.taken.length, 1);
});

Deno.test("a ledger knows which tensors are stored, taken or not", () => {
  const ledger = ledgerOf(weight);
  assert.deepEqual(["score.weight", "score.bias"].map((name) => ledger.has(name)), [true, false]);
});

Deno.test("the weight and bias of a LayerNorm may have their old names, and are accounted for", () => {
  const gamma = tensor("a.LayerNorm.gamma", [4]);
  const beta = tensor("a.LayerNorm.beta", [4]);
  const ledger = ledgerOf(gamma, beta);
  assert.ok(ledger.has("a.LayerNorm.bias") && !ledger.has("b.LayerNorm.bias"));
  assert.equal(ledger.take("a.LayerNorm.weight", [4]), gamma);
  assert.throws(() => ledger.settle(), { kind: "bad_model", message: /"a\.LayerNorm\.beta"/ });
  assert.equal(ledger.take("a.LayerNorm.bias", [4]), beta);
  ledger.settle();
  assert.deepEqual(ledger.taken, [gamma, beta]);
});

Deno.test("an old name beside the present one is left over", () => {
  const ledger = ledgerOf(tensor("LayerNorm.weight", [4]), tensor("LayerNorm.gamma", [4]));
  ledger.take("LayerNorm.weight", [4]);
  assert.throws(() => ledger.settle(), { kind: "bad_model", message: /"LayerNorm\.gamma"/ });
});

const refused: [what: string, use: (ledger: Ledger) => unknown, message: string][] = [
  [
    "a missing tensor with a near name is named with that one",
    (ledger) => ledger.take("scores.weight", [1, 4]),
    'Cannot load /m/model.safetensors as its tensor "scores.weight" of shape [1, 4] is missing: received one called "score.weight" float32[1, 4] instead',
  ],
  [
    "a missing tensor without a near name is named with what there is",
    (ledger) => ledger.take("transformer.h.0.attn.c_attn.bias", [12]),
    'Cannot load /m/model.safetensors as its tensor "transformer.h.0.attn.c_attn.bias" of shape [12] is missing: received 3 tensors, such as "score.weight", "norm.weight", "mask"',
  ],
  [
    "a misshaped tensor is named with both shapes",
    (ledger) => ledger.take("score.weight", [2, 4]),
    'Cannot load /m/model.safetensors as its tensor "score.weight" must have the shape [2, 4]: received [1, 4]',
  ],
  [
    "a tensor of the right size and the wrong rank is misshaped",
    (ledger) => ledger.take("score.weight", [4]),
    'Cannot load /m/model.safetensors as its tensor "score.weight" must have the shape [4]: received [1, 4]',
  ],
  [
    "integers cannot be taken as weights",
    (ledger) => ledger.take("mask", [8]),
    'Cannot load /m/model.safetensors as its tensor "mask" must be float64, float32, float16 or bfloat16: received int64',
  ],
  [
    "an unused tensor is named",
    (ledger) => {
      ledger.take("score.weight", [1, 4]);
      ledger.ignore(/mask$/, "a constant");
      ledger.settle();
    },
    'Cannot load /m/model.safetensors as the architecture has no use for a tensor: received "norm.weight" float16[4]',
  ],
  [
    "several unused tensors are counted and named",
    (ledger) => ledger.settle(),
    'Cannot load /m/model.safetensors as the architecture has no use for 3 tensors: received "score.weight" float32[1, 4], "norm.weight" float16[4], "mask" int64[8]',
  ],
];

for (const [what, use, message] of refused) {
  Deno.test(what, () => {
    const ledger = ledgerOf(
      weight,
      tensor("norm.weight", [4], "float16"),
      tensor("mask", [8], "int64"),
    );
    assert.throws(() => use(ledger), { name: "AbacusError", kind: "bad_model", message });
  });
}

Deno.test("the hint for a missing tensor is not one that was already taken", () => {
  const ledger = ledgerOf(tensor("layers.0.weight", [1]), tensor("layers.x1.weight", [1]));
  ledger.take("layers.0.weight", [1]);
  assert.throws(() => ledger.take("layers.1.weight", [1]), {
    message: /called "layers.x1.weight"/,
  });
});

Deno.test("ignored buffers are listed with their reason, unless they are taken", () => {
  const mask = tensor("h.0.attn.bias", [1, 1, 8, 8], "uint8");
  const ledger = ledgerOf(weight, mask);
  ledger.ignore(/\.attn\.bias$/, "the causal mask");
  ledger.ignore(/^score/, "never needed");
  ledger.take("score.weight", [1, 4]);
  ledger.settle();
  assert.deepEqual(ledger.ignored, [{ tensor: mask, reason: "the causal mask" }]);
});

Deno.test("a pattern that keeps state is refused, as it would forget every second tensor", () => {
  assert.throws(() => ledgerOf(weight).ignore(/w/g, "x"), TypeError);
});

Deno.test("a tensor is found with and without the prefix of its base model, and what was renamed is known", () => {
  const naming = { prefix: "model" };
  const stored = tensor("norm.weight", [4]);
  const ledger = ledgerWith(naming, stored, tensor("model.score.weight", [1, 4]));
  assert.equal(ledger.take("model.norm.weight", [4]), stored);
  assert.ok(ledger.has("score.weight") && !ledger.has("model.embed.weight"));
  ledger.take("score.weight", [1, 4]);
  ledger.settle();
  assert.deepEqual(ledger.renamed, [
    { stored: "norm.weight", name: "model.norm.weight" },
    { stored: "model.score.weight", name: "score.weight" },
  ]);
});

Deno.test("one tensor under two names is refused by both", () => {
  const ledger = ledgerWith({ prefix: "model" }, tensor("model.a", [4]), tensor("a", [4]));
  ledger.take("model.a", [4]);
  assert.throws(() => ledger.settle(), {
    kind: "bad_model",
    message:
      'Cannot load /m/model.safetensors as it holds one tensor under two names: received "model.a" and "a"',
  });
});

Deno.test("what a family does not need is known without the prefix too, and by the family's reason first", () => {
  const ledger = ledgerWith(
    { prefix: "model" },
    tensor("h.bias", [4]),
    tensor("lm_head.weight", [4]),
  );
  ledger.ignore(/^model\.h\.bias$/, "a mask");
  ledger.ignore(/^lm_head\.weight$/, "tied");
  ledger.settle();
  assert.deepEqual(ledger.ignored.map(({ reason }) => reason), ["a mask", "tied"]);
});

Deno.test("beside a tensor that is taken none is set aside, as a layer that is read is read whole", () => {
  const ledger = ledgerOf(tensor("v_head.weight", [1, 4]), tensor("v_head.bias", [1]));
  ledger.take("v_head.weight", [1, 4]);
  assert.throws(() => ledger.settle(), { kind: "bad_model", message: /received "v_head.bias"/ });
});
