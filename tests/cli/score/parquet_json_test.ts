import assert from "node:assert/strict";
import type { SchemaElement, SchemaTree } from "hyparquet";
import { annotationOf, writableElement } from "../../../src/cli/score/parquet_elements.ts";
import { encoderOf } from "../../../src/cli/score/parquet_json.ts";
import { leafEncoder } from "../../../src/cli/score/parquet_values.ts";

function tree(element: SchemaElement, ...children: SchemaTree[]): SchemaTree {
  return { element, children, count: 1, path: [element.name] };
}

const leaf = (more: Partial<SchemaElement>): SchemaElement => ({ name: "x", ...more });

Deno.test("older annotations mean what the newer ones do", () => {
  const older = leaf({ type: "INT64", converted_type: "TIMESTAMP_MILLIS" });
  assert.equal(annotationOf(older), "TIMESTAMP");
  assert.equal(leafEncoder(older)?.(1n), '"1970-01-01T00:00:00.001Z"');
  const time = leaf({ type: "INT32", converted_type: "TIME_MILLIS" });
  assert.equal(leafEncoder(time)?.(1), '"00:00:00.001"');
  const unsigned = leaf({ type: "INT32", converted_type: "UINT_32" });
  assert.equal(leafEncoder(unsigned)?.(-1), "4294967295");
});

Deno.test("decimals of any storage keep their digits", () => {
  const price = leaf({ type: "INT32", converted_type: "DECIMAL", scale: 2, precision: 9 });
  const encode = leafEncoder(price);
  assert.deepEqual([1230, -1, 0].map((value) => encode?.(value)), ["12.30", "-0.01", "0.00"]);
  const whole = leaf({ type: "INT64", converted_type: "DECIMAL", precision: 18 });
  assert.equal(leafEncoder(whole)?.(-(10n ** 17n)), "-100000000000000000");
  const bytes = leaf({ type: "BYTE_ARRAY", converted_type: "DECIMAL", scale: 1 });
  assert.equal(leafEncoder(bytes)?.(Uint8Array.of(0xff, 0x38)), "-20.0");
});

Deno.test("real numbers are told from whole ones, and NaN is Python's", () => {
  const encode = leafEncoder(leaf({ type: "DOUBLE" }));
  const texts = [1, -0, 0.1, 1e300, NaN, -Infinity].map((value) => encode?.(value));
  assert.deepEqual(texts, ["1.0", "-0.0", "0.1", "1e+300", "NaN", "-Infinity"]);
});

Deno.test("types that JSON has nothing for have no encoder, however deep they stand", () => {
  const interval = leaf({ type: "FIXED_LEN_BYTE_ARRAY", converted_type: "INTERVAL" });
  assert.equal(encoderOf(tree(interval)), undefined);
  assert.equal(encoderOf(tree(leaf({ num_children: 1 }), tree(interval))), undefined);
  const variant = leaf({ logical_type: { type: "VARIANT" }, num_children: 1 });
  assert.equal(encoderOf(tree(variant, tree(leaf({ type: "BYTE_ARRAY" })))), undefined);
});

Deno.test("a field that repeats without a list around it is a list", () => {
  const repeated = leaf({ type: "INT32", repetition_type: "REPEATED" });
  assert.equal(encoderOf(tree(repeated))?.([1, 2]), "[1,2]");
});

Deno.test("an element is written as it is stored, and lists and maps under the name that all know", () => {
  const at = leaf({
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    repetition_type: "OPTIONAL",
  });
  assert.deepEqual(writableElement(at), { name: "x", type: "INT64", repetition_type: "OPTIONAL" });
  const list = leaf({ logical_type: { type: "LIST" }, num_children: 1 });
  assert.equal(writableElement(list).converted_type, "LIST");
  const map = leaf({ logical_type: { type: "MAP" }, num_children: 1 });
  assert.equal(writableElement(map).converted_type, "MAP");
});
