import assert from "node:assert/strict";
import { labelNames } from "../../src/architectures/configuration.ts";

Deno.test("labels come in the order of their numbers, not of the file", () => {
  assert.deepEqual(labelNames({ id2label: { "10": "k", "2": "c", "0": "a" } }), ["a", "c", "k"]);
});

Deno.test("without names there are as many labels as transformers would make: two, or num_labels", () => {
  assert.deepEqual(labelNames({}), ["LABEL_0", "LABEL_1"]);
  assert.deepEqual(labelNames({ num_labels: 1 }), ["LABEL_0"]);
});
