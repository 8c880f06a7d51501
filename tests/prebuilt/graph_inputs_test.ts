import assert from "node:assert/strict";
import { graphInputs } from "../../src/prebuilt/graph_inputs.ts";
import type { GraphMessage, ValueMessage } from "../../src/prebuilt/messages.ts";
import { tensorTypes } from "../../src/prebuilt/tensor_types.ts";
import { graphOf, valueOf } from "./written.ts";

const [FLOAT, INT32, INT64, HALF] = [1, 6, 7, 10];
const ids = valueOf("input_ids", INT64, ["batch", "length"]);
const logits = valueOf("logits", FLOAT, ["batch", 2]);

function read(
  { input = [ids], output = [logits], ...rest }: Partial<GraphMessage>,
) {
  return graphInputs(
    graphOf("logits = Gather(table, input_ids)", { input, output, ...rest }),
    "m.onnx",
  );
}

Deno.test("inputs may be integers of both widths, and initialisers among them are none", () => {
  const mask = valueOf("attention_mask", INT32, ["batch", "length"]);
  const weight = valueOf("table", FLOAT, [3, 4]);
  const initializer = [{ name: "table", dims: [3, 4], dataType: 1, externalData: [] }];
  const { inputs, labels, logits: type } = read({ input: [ids, mask, weight], initializer });
  assert.deepEqual([...inputs], [["input_ids", "int64"], ["attention_mask", "int32"]]);
  assert.deepEqual([labels, type], [2, "float32"]);
  assert.equal(read({ input: [valueOf("input_ids", INT64)] }).inputs.size, 1);
  assert.equal(read({ output: [valueOf("logits", HALF)] }).logits, "float16");
});

Deno.test("what a sequence classifier does not take or give is refused by its name", () => {
  const cases: [Partial<GraphMessage>, RegExp][] = [
    [{ input: [] }, /no input "input_ids": received $/],
    [
      { input: [ids, valueOf("past_key_values.0.key", FLOAT)] },
      /the input "past_key_values\.0\.key"/,
    ],
    [{ input: [valueOf("input_ids", FLOAT)] }, /must be int64 or int32: received float32/],
    [
      { input: [valueOf("input_ids", INT64, [1, "length"])] },
      /two axes of any length.*received \[1, any\]/,
    ],
    [{ input: [valueOf("input_ids", INT64, ["batch", 128])] }, /received \[any, 128\]/],
    [{ input: [valueOf("input_ids", INT64, ["length"])] }, /received \[any\]/],
    [{ output: [] }, /one output "logits": received none/],
    [{ output: [valueOf("last_hidden_state", FLOAT)] }, /received "last_hidden_state"/],
    [{ output: [logits, valueOf("present.0.key", FLOAT)] }, /received "logits", "present\.0\.key"/],
    [{ output: [valueOf("logits", FLOAT, ["batch", "length", 9])] }, /received logits of 3 axes/],
    [{ output: [valueOf("logits", INT64)] }, /float32 or float16: received int64/],
  ];
  for (const [graph, message] of cases) {
    assert.throws(() => read(graph), { kind: "bad_model", message }, `${message}`);
  }
});

Deno.test("the numbers of types are those of onnx.proto", () => {
  const names = [FLOAT, INT32, INT64, HALF, 2, 9, 16].map((number) => tensorTypes.get(number));
  assert.deepEqual(names, ["float32", "int32", "int64", "float16", "uint8", "bool", "bfloat16"]);
  assert.equal(tensorTypes.get(8), undefined, "texts are no numbers");
  const untyped: ValueMessage = { name: "input_ids" };
  assert.throws(() => read({ input: [untyped] }), /received undefined/);
});
