import assert from "node:assert/strict";
import {
  countedLabels,
  type HeadSource,
  linearKind,
  scoreHead,
} from "../../../src/architectures/heads/head_kind.ts";
import { gpt2 } from "../../../src/architectures/gpt2.ts";

function sourceOf(fields: Record<string, unknown>): HeadSource {
  const json = { n_embd: 8, n_head: 2, n_layer: 1, ...fields };
  return { ...gpt2.read(json), fields: json, stored: new Map() };
}

Deno.test("transformers' head is linear, with the labels of config.json", () => {
  assert.equal(scoreHead.tensor, "score.weight");
  const { text, labels } = scoreHead.head(sourceOf({ id2label: { 0: "bad", 1: "good" } }));
  assert.deepEqual([text, labels], ["linear score", ["bad", "good"]]);
});

Deno.test("a head of another name is read likewise", () => {
  const kind = linearKind({ name: "value_head", bias: true });
  assert.equal(kind.tensor, "value_head.weight");
  assert.equal(kind.head(sourceOf({ num_labels: 1 })).text, "linear value_head");
  assert.deepEqual(kind.pooling(sourceOf({ pad_token_id: 3 })), { lastNot: 3 });
});

Deno.test("a head with another count of outputs than config.json has labels numbers them", () => {
  const named = sourceOf({ id2label: { 0: "bad", 1: "good" } });
  assert.deepEqual(countedLabels(named), ["bad", "good"]);
  assert.deepEqual(countedLabels(named, 2), ["bad", "good"]);
  assert.deepEqual(countedLabels(named, 1), ["LABEL_0"]);
  assert.deepEqual(countedLabels(sourceOf({}), 3), ["LABEL_0", "LABEL_1", "LABEL_2"]);
});
