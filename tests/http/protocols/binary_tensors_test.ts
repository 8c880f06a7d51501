import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../../src/errors.ts";
import { BytesReply } from "../../../src/http/bytes_reply.ts";
import { HEAD_LENGTH, readTensors, replyWith } from "../../../src/http/protocols/binary_tensors.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function read(head: string, rest: Uint8Array, length = String(encode(head).length)): unknown {
  const body = Uint8Array.from([...encode(head), ...rest]);
  return readTensors(body, new Headers({ [HEAD_LENGTH]: length }));
}

function packed(texts: readonly string[]): number[] {
  return texts.map(encode).flatMap((utf8) => [
    ...new Uint8Array(Uint32Array.of(utf8.length).buffer),
    ...utf8,
  ]);
}

Deno.test("whatever texts were packed are read, byte order marks included", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }), (texts) => {
    const given = ["\ufeffa", ...texts];
    const bytes = Uint8Array.from(packed(given));
    const input = { name: "completion", parameters: { binary_data_size: bytes.length } };
    const plain = { name: "prompt", data: ["b"] };
    const json = read(JSON.stringify({ inputs: [plain, input], id: "1" }), bytes);
    assert.deepEqual(json, { inputs: [plain, { ...input, data: given }], id: "1" });
  }));
});

Deno.test("whatever bytes come, they are read or refused as the caller's fault", () => {
  const size = fc.oneof(fc.nat(40), fc.jsonValue());
  const cases = fc.record({ rest: fc.uint8Array({ maxLength: 40 }), size, other: size });
  fc.assert(fc.property(cases, ({ rest, size, other }) => {
    const inputs = [size, other].map((each) => ({ parameters: { binary_data_size: each } }));
    try {
      read(JSON.stringify({ inputs }), rest);
    } catch (error) {
      assert.ok(error instanceof AbacusError && error.kind === "invalid_request", String(error));
    }
  }));
  for (const head of ["3", "null", "[]", '{"inputs":3}', '{"inputs":[3,null]}']) {
    assert.deepEqual(read(head, new Uint8Array()), JSON.parse(head));
  }
});

Deno.test("numbers go out as eight bytes each, or as JSON", () => {
  const outputs = [
    { name: "score", datatype: "FP64", shape: [2], data: [0.5, -1] },
    { name: "token_count", datatype: "INT64", shape: [2], data: [3, -4] },
  ] as const;
  assert.deepEqual(replyWith({ id: "1" }, outputs, () => false), { id: "1", outputs });
  const reply = replyWith({ id: "1" }, outputs, () => true);
  assert.ok(reply instanceof BytesReply);
  const length = Number(reply.headers["Inference-Header-Content-Length"]);
  const numbers = reply.bytes.slice(length).buffer;
  assert.deepEqual([...new Float64Array(numbers, 0, 2)], [0.5, -1]);
  assert.deepEqual([...new BigInt64Array(numbers, 16, 2)], [3n, -4n]);
});
