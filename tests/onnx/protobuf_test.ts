import assert from "node:assert/strict";
import { encodeMessage } from "../../src/onnx/protobuf.ts";

/** Bytes in hexadecimal, as the wire format of protobuf prescribes them. */
function hex(message: Record<string, unknown>): string {
  return encodeMessage("ModelProto", message).toHex();
}

const text = (string: string) => new TextEncoder().encode(string).toHex();

Deno.test("a model's own fields have the numbers of onnx.proto", () => {
  assert.equal(hex({}), "");
  assert.equal(hex({ irVersion: 10 }), "080a");
  assert.equal(hex({ producerName: "abacus" }), `1206${text("abacus")}`);
  assert.equal(hex({ opsetImport: [{ domain: "", version: 21 }] }), "42021015");
  assert.equal(hex({ graph: { name: "g" } }), "3a03120167");
});

Deno.test("a node's fields have the numbers of onnx.proto", () => {
  const node = { input: ["a", ""], output: ["b"], name: "n", opType: "Add", domain: "d" };
  const fields = "0a0161" + "0a00" + "120162" + "1a016e" + `2203${text("Add")}` + "3a0164";
  assert.equal(hex({ graph: { node: [node] } }), "3a15" + "0a13" + fields);
});

Deno.test("attributes tell their kinds apart", () => {
  const of = (attribute: Record<string, unknown>) =>
    hex({ graph: { node: [{ attribute: [attribute] }] } });
  const wrapped = (fields: string) => {
    const length = (inner: string) => (inner.length / 2).toString(16).padStart(2, "0");
    const attribute = `2a${length(fields)}${fields}`;
    const node = `0a${length(attribute)}${attribute}`;
    return `3a${length(node)}${node}`;
  };
  assert.equal(of({ name: "a", type: 1, f: 1 }), wrapped("0a0161" + "150000803f" + "a00101"));
  assert.equal(
    of({ name: "a", type: 2, i: -1 }),
    wrapped("0a0161" + "18ffffffffffffffffff01" + "a00102"),
  );
  assert.equal(of({ type: 3, s: Uint8Array.of(7) }), wrapped("220107" + "a00103"));
  assert.equal(of({ type: 5, g: { name: "b" } }), wrapped("3203120162" + "a00105"));
});

Deno.test("large integers keep every digit", () => {
  const tensor = { dims: [2 ** 40] };
  assert.equal(hex({ graph: { initializer: [tensor] } }), "3a0a" + "2a08" + "0a06808080808020");
});
