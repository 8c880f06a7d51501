import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { encodeMessage } from "../../src/onnx/protobuf.ts";
import { fields } from "../../src/prebuilt/field_numbers.ts";
import { readOnnxFile } from "../../src/prebuilt/onnx_file.ts";
import { readPrebuiltGraph, sessionBytes } from "../../src/prebuilt/prebuilt_graph.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";
import { writtenBytes } from "./written.ts";

const golden = join(goldenOnnx("bert"), "model.onnx");

Deno.test("what a session is given holds no large weight", async () => {
  const graph = await readPrebuiltGraph(golden);
  const large = graph.tensors.filter(({ file }) => file !== "");
  assert.equal(large.length, 2); // the embeddings of words and positions
  const total = large.reduce((sum, { length }) => sum + length, 0);
  const { size } = await Deno.stat(golden);
  assert.ok(sessionBytes(graph, { exposed: false }).length < size - total + 200 * large.length);
});

Deno.test("a file that is written twice over cannot hide a tensor's place", async () => {
  // Another reader merges two messages of one field where ours might see the second alone.
  const first = encodeMessage("ModelProto", { graph: { name: "a" } });
  assert.equal(first[0], fields.graph * 8 + 2);
  await using written = await writtenBytes(Uint8Array.from([...first, ...first]));
  await assert.rejects(readOnnxFile(written.path), {
    message: /must have one graph: received two/,
  });
});

Deno.test("what is no ONNX file is refused by what is wrong with it", async () => {
  const files: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /has no graph/],
    [new TextEncoder().encode("<!DOCTYPE html><html>"), /as an ONNX file as/],
    [new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), /Git LFS pointer/],
    [
      encodeMessage("ModelProto", { graph: { initializer: [{ name: "t", dataType: 8 }] } }),
      /type that is not read: received 8/,
    ],
    [
      encodeMessage("ModelProto", { graph: { initializer: [{ dims: [-1], dataType: 1 }] } }),
      /no such shape/,
    ],
  ];
  for (const [bytes, message] of files) {
    await using written = await writtenBytes(bytes);
    await assert.rejects(readOnnxFile(written.path), { kind: "bad_model", message });
  }
  await assert.rejects(readOnnxFile("/none/model.onnx"), { kind: "bad_model" });
});

Deno.test("a file that was cut off or altered is read, or refused by an error of its own", async () => {
  const bytes = await Deno.readFile(golden);
  const outcome = async (altered: Uint8Array) => {
    await using written = await writtenBytes(altered);
    try {
      await readPrebuiltGraph(written.path);
    } catch (error) {
      assert.equal((error as { kind?: string }).kind, "bad_model", String(error));
    }
  };
  const at = fc.integer({ min: 0, max: bytes.length - 1 });
  await fc.assert(fc.asyncProperty(at, (end) => outcome(bytes.slice(0, end))), { numRuns: 60 });
  const changes = fc.array(fc.tuple(at, fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(changes, (changes) => {
      const altered = bytes.slice();
      for (const [place, byte] of changes) altered[place] = byte;
      return outcome(altered);
    }),
    { numRuns: 150 },
  );
});
