import assert from "node:assert/strict";
import { encoderClassifier } from "../../src/architectures/encoder_classifier.ts";
import { architectureOf } from "../../src/architectures/registry.ts";

Deno.test("an encoder with a head is read at the first token of a pair", () => {
  const { trunk } = architectureOf({
    architectures: ["DebertaV2ForSequenceClassification"],
    vocab_size: 10,
    hidden_size: 8,
    num_attention_heads: 2,
  });
  const head = (states: unknown) => states as never;
  const made = encoderClassifier("SmallForSequenceClassification", trunk, { labels: ["x"], head });
  assert.deepEqual(
    [made.attention, made.pooling, made.task, made.input, made.sharesUpTo],
    ["bidirectional", "first", "sequence", "pair", 0],
  );
  assert.deepEqual([made.dimensions.labels, made.dimensions.hidden, made.head], [1, 8, head]);
});
