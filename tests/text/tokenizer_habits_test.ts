import assert from "node:assert/strict";
import { readsPairs, readTokenizerHabits } from "../../src/text/tokenizer_habits.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";

Deno.test("a BERT's tokenizer pads on the right and reads pairs", async () => {
  const { padding, input } = await readTokenizerHabits(goldenOnnx("bert"));
  assert.deepEqual(padding, { id: 0, type: 0, side: "right" });
  assert.equal(input, "pair");
});

Deno.test("texts are pairs where a special token closes each of them", () => {
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const special = { SpecialToken: { id: "[SEP]", type_id: 0 } };
  const template = (...pair: unknown[]) => ({ type: "TemplateProcessing", pair });
  assert.ok(readsPairs(template(special, text("A"), special, text("B"), special)));
  assert.ok(readsPairs(template(text("A"), special, text("B"), special, special)));
  assert.ok(!readsPairs(template(special, text("A"), special, text("B"))), "as Llama 2");
  assert.ok(!readsPairs(template(text("A"), text("B"), special)));
  assert.ok(!readsPairs(template(text("A"), text("B"))));
  assert.ok(readsPairs({ type: "RobertaProcessing" }));
  assert.ok(
    readsPairs({
      type: "Sequence",
      processors: [{ type: "ByteLevel" }, { type: "BertProcessing" }],
    }),
  );
  for (
    const other of [{ type: "ByteLevel" }, null, undefined, "x", { type: "TemplateProcessing" }]
  ) {
    assert.ok(!readsPairs(other));
  }
});
