import assert from "node:assert/strict";
import {
  lengthOf,
  paddedTexts,
  type Padding,
  startOf,
} from "../../../src/engine/prebuilt/padded_texts.ts";
import { prebuiltLimits, runsOf } from "../../../src/engine/prebuilt/together.ts";
import { added } from "../../../src/prebuilt/expose_attention.ts";

const long = { ids: Int32Array.of(5, 6, 7), types: Int32Array.of(0, 1, 1), rows: [2] };
const short = { ids: Int32Array.of(8), rows: [0] };
const right: Padding = { id: 9, type: 3, side: "right" };
const inputs = new Map(
  [
    ["input_ids", "int64"],
    ["attention_mask", "int32"],
    ["token_type_ids", "int64"],
    ["position_ids", "int64"],
  ] as const,
);

function numbers(padding: Padding, name: string) {
  const { data, dims } = paddedTexts([long, short], { inputs, padding, attention: true })[name]!;
  return { data: Array.from(data, Number), dims };
}

Deno.test("texts are filled up on the side of the tokenizer, and the mask leaves out what fills", () => {
  assert.deepEqual(numbers(right, "input_ids"), { data: [5, 6, 7, 8, 9, 9], dims: [2, 3] });
  assert.deepEqual(numbers(right, "attention_mask").data, [1, 1, 1, 1, 0, 0]);
  assert.deepEqual(numbers(right, "token_type_ids").data, [0, 1, 1, 0, 3, 3]);
  assert.deepEqual(numbers(right, "position_ids").data, [0, 1, 2, 0, 0, 0]);
  const left: Padding = { ...right, side: "left" };
  assert.deepEqual(numbers(left, "input_ids").data, [5, 6, 7, 9, 9, 8]);
  assert.deepEqual(numbers(left, "attention_mask").data, [1, 1, 1, 0, 0, 1]);
  assert.deepEqual(numbers(left, added.rows).data, [2, 2]);
  assert.deepEqual([startOf(short, 3, left), startOf(short, 3, right), lengthOf([long])], [
    2,
    0,
    3,
  ]);
});

Deno.test("inputs have the types that the graph declares, and others are not fed", () => {
  const feeds = paddedTexts([long], { inputs, padding: right, attention: false });
  assert.ok(feeds["input_ids"]!.data instanceof BigInt64Array);
  assert.ok(feeds["attention_mask"]!.data instanceof Int32Array);
  assert.deepEqual(Object.keys(feeds), [...inputs.keys()]);
});

Deno.test("rows of attention are weighted alike, and a text of fewer asks for its first again at no weight", () => {
  const texts = [{ ...long, rows: [0, 1, 2, 2] }, short];
  const nudge = { at: 1, by: 2 };
  const feeds = paddedTexts(texts, { inputs, padding: right, attention: true, nudge });
  assert.deepEqual(Array.from(feeds[added.rows]!.data, Number), [0, 1, 2, 2, 0, 0, 0, 0]);
  assert.deepEqual([...feeds[added.rowWeights]!.data], [0.25, 0.25, 0.25, 0.25, 1, 0, 0, 0]);
  assert.deepEqual([...feeds[added.nudge]!.data], [0, 2, 0]);
  const unread = paddedTexts([{ ids: long.ids, rows: [] }], {
    inputs,
    padding: right,
    attention: true,
  });
  assert.deepEqual(
    unread[added.rows]!.dims,
    [1, 1],
    "a run without rows reads one, and nobody looks",
  );
});

Deno.test("texts run together as far as the graph allows, each once", () => {
  const texts = [7, 3, 7, 8, 3].map((length) => ({ ids: new Int32Array(length) }));
  const limits = prebuiltLimits({ hidden: 8, heads: 2 });
  const runs = (company: "padded" | "equal" | "alone") =>
    runsOf(texts, { company, limits }).map((run) => run.toSorted().join()).toSorted();
  assert.deepEqual(runs("padded"), ["0,1,2,3,4"]);
  assert.deepEqual(runs("equal"), ["0,2", "1,4", "3"]);
  assert.deepEqual(runs("alone"), ["0", "1", "2", "3", "4"]);
});
