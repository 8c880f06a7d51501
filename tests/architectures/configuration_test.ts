import assert from "node:assert/strict";
import { labelNames } from "../../src/architectures/configuration.ts";

Deno.test("labels come in the order of their numbers, not of the file", () => {
  assert.deepEqual(labelNames({ id2label: { "10": "k", "2": "c", "0": "a" } }), ["a", "c", "k"]);
});

Deno.test("without names there are as many labels as transformers would make: two, or num_labels", () => {
  assert.deepEqual(labelNames({}), ["LABEL_0", "LABEL_1"]);
  assert.deepEqual(labelNames({ num_labels: 1 }), ["LABEL_0"]);
});

const refused: readonly (readonly [Parameters<typeof labelNames>[0], string])[] = [
  [
    { id2label: { "0": "good" }, num_labels: 2 },
    `"num_labels" and "id2label" contradict each other: received 2 and good`,
  ],
  [
    { id2label: { "0": "bad", "1": "good" }, label2id: { good: 0, bad: 1 } },
    `"id2label" and "label2id" contradict each other about "bad": received 0 and 1`,
  ],
  [
    { num_labels: 1, problem_type: "single_label_classification" },
    `"problem_type" needs more than the one label of "id2label" or "num_labels": received "single_label_classification"`,
  ],
  [{ id2label: {} }, `"id2label" names no label: received {}`],
];
for (const [config, message] of refused) {
  Deno.test(`labels that are contradicted are refused: ${message}`, () => {
    assert.throws(() => labelNames(config), {
      kind: "bad_model",
      path: "config.json",
      message: `Cannot read the labels as ${message}`,
    });
  });
}

Deno.test("fields of labels that agree, are null or are left over from other names are as good as none", () => {
  assert.deepEqual(labelNames({ id2label: null, label2id: { good: 0 } }), ["LABEL_0", "LABEL_1"]);
  const id2label = { "0": "good" };
  const label2id = { LABEL_0: 3, good: "0" };
  assert.deepEqual(labelNames({ id2label, label2id, num_labels: 1, problem_type: "regression" }), [
    "good",
  ]);
});
