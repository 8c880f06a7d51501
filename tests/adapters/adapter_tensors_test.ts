import assert from "node:assert/strict";
import fc from "fast-check";
import { adapterTensors } from "../../src/adapters/adapter_tensors.ts";
import { AbacusError } from "../../src/errors.ts";
import type { ListedTensor } from "../../src/weights/checkpoint.ts";

const source = "/a/adapter_model.safetensors";

function listing(...names: string[]): ListedTensor[] {
  return names.map((name) => ({
    name: `base_model.model.${name}`,
    dtype: "float32",
    shape: [2, 3],
    file: source,
    offset: 0,
    length: 24,
  }));
}

const sorted = (...names: string[]) => adapterTensors(source, listing(...names));

Deno.test("matrices are found by module, of linear layers and of tables", () => {
  const { matrices, saved } = sorted(
    "a.q.lora_A.weight",
    "a.q.lora_B.weight",
    "a.q.lora_B.bias",
    "words.lora_embedding_A",
    "words.lora_embedding_B",
  );
  assert.equal(saved.size, 0);
  const [linear, table] = [matrices.get("a.q")!, matrices.get("words")!];
  assert.deepEqual([linear.kind, table.kind], ["linear", "table"]);
  assert.equal(linear.bias?.name, "base_model.model.a.q.lora_B.bias");
  assert.equal(table.down.name, "base_model.model.words.lora_embedding_A");
});

Deno.test("whole tensors have the names of the model, also those within an adapted layer", () => {
  const { saved } = sorted(
    "a.q.lora_A.weight",
    "a.q.lora_B.weight",
    "a.q.base_layer.bias",
    "norm.bias",
    "score.weight",
  );
  assert.deepEqual([...saved.keys()], ["a.q.bias", "norm.bias", "score.weight"]);
});

Deno.test("a saved module has old names too; copies of it have no use", () => {
  assert.deepEqual([...sorted("score.modules_to_save.default.weight").saved.keys()], [
    "score.weight",
  ]);
  assert.deepEqual([...sorted("score.modules_to_save.weight").saved.keys()], ["score.weight"]);
  const { saved, needless } = sorted(
    "score.modules_to_save.bias",
    "score.bias",
    "score.original_module.bias",
  );
  assert.equal(saved.get("score.bias")?.name, "base_model.model.score.bias");
  assert.deepEqual(needless.map(({ tensor: { name } }) => name.slice(17)).toSorted(), [
    "score.modules_to_save.bias",
    "score.original_module.bias",
  ]);
});

Deno.test("what peft would leave unread is refused by name", () => {
  const cases: [string[], RegExp][] = [
    [["a.lora_A.weight"], /a has to have both of lora_A and lora_B/],
    [["a.lora_B.bias"], /both of lora_embedding_A and lora_embedding_B/],
    [["a.lora_A.weight", "a.lora_B.weight", "a.lora_embedding_A"], /nothing of another kind/],
    [
      ["a.base_layer.bias"],
      /peft does not read a tensor of that name.*"base_model\.model\.a\.base/,
    ],
    [["a.lora_A.weight", "a.lora_B.weight", "a.bias"], /peft does not read.*model\.a\.bias"/],
  ];
  for (const [names, message] of cases) {
    assert.throws(() => sorted(...names), { kind: "bad_model", message });
  }
  const [strange] = listing("a");
  assert.throws(() => adapterTensors(source, [{ ...strange!, name: "score.weight" }]), {
    message: /no name begins with base_model\.model\.: received "score\.weight"/,
  });
});

Deno.test("near misses of names give errors of the closed set, and no tensor is lost", () => {
  const part = fc.constantFrom(
    ...["model", "q_proj", "lora_A", "lora_B", "lora_embedding_A", "weight", "bias", "base_layer"],
    ...["modules_to_save", "default", "original_module", "score", "", "__proto__"],
  );
  const name = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("."));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
      try {
        const { matrices, saved, needless } = sorted(...names);
        const own = [...matrices.values()].flatMap(({ down, up, bias }) => [down, up, bias ?? []]);
        assert.equal(own.flat().length + saved.size + needless.length, names.length);
      } catch (error) {
        assert.ok(error instanceof AbacusError && error.kind === "bad_model", String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
