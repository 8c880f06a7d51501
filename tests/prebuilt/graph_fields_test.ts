import assert from "node:assert/strict";
import { encodeMessage, type Message } from "../../src/onnx/protobuf.ts";
import { Budget } from "../../src/prebuilt/field_bytes.ts";
import { FileWindow } from "../../src/prebuilt/file_window.ts";
import { readGraph } from "../../src/prebuilt/graph_fields.ts";
import { writtenBytes } from "./written.ts";

/** A tensor of float32 numbers as raw data. */
function tensor(name: string, count: number): Message {
  const rawData = new Uint8Array(new Float32Array(count).fill(1).buffer);
  return { name, dims: [count], dataType: 1, rawData };
}

/** The graph that a model's bytes hold: its only field. */
async function read(graph: Message) {
  const bytes = encodeMessage("ModelProto", { graph });
  const written = await writtenBytes(bytes);
  using file = await Deno.open(written.path);
  const inner = bytes.length < 130 ? 2 : bytes.length < 16_387 ? 3 : 4; // tag and length
  const place = { offset: inner, length: bytes.length - inner };
  const real = await Deno.realPath(written.path);
  const source = { place, budget: new Budget(), file: { path: written.path, real } };
  const parts = await readGraph(new FileWindow(file, bytes.length), source);
  return { ...parts, real, file: bytes, [Symbol.asyncDispose]: written[Symbol.asyncDispose] };
}

Deno.test("large weights are told by their place, small ones are kept", async () => {
  await using found = await read({ initializer: [tensor("large", 512), tensor("small", 2)] });
  const [large, small] = found.tensors;
  assert.deepEqual([large!.file, large!.length], [found.real, 2048]);
  const numbers = found.file.slice(large!.offset, large!.offset + large!.length);
  assert.ok(new Float32Array(numbers.buffer).every((number) => number === 1));
  assert.deepEqual([small!.file, small!.shape], ["", [2]]);
  assert.ok(found.bytes.length < 300);
});

Deno.test("data that do not fill their tensor, or stand in two places, are refused", async () => {
  const short = { ...tensor("short", 512), dims: [513] };
  await assert.rejects(read({ initializer: [short] }), /take 2052 bytes: received 2048/);
  const entry = { key: "location", value: "data" };
  const both = { ...tensor("both", 512), externalData: [entry] };
  await assert.rejects(read({ initializer: [both] }), /both within and outside the file/);
});

Deno.test("descriptions and facts that a runtime finds itself are left out", async () => {
  await using found = await read({ name: "g", node: [{ opType: "Relu" }] });
  assert.equal(new TextDecoder().decode(found.bytes).includes("Relu"), true);
});
