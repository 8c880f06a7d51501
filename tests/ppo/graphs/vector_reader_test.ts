import assert from "node:assert/strict";
import { inPieces, readerOf, readWhole } from "../../../src/ppo/graphs/vector_reader.ts";

const vector = Float32Array.from({ length: 10 }, (_, i) => i);

Deno.test("a part is read by calls for a piece each, the last of them shorter", async () => {
  const asked: [number, number][] = [];
  const read = ({ offset, length }: { offset: number; length: number }) => {
    asked.push([offset, length]);
    return Promise.resolve(vector.slice(offset, offset + length));
  };
  const whole = await readWhole((part) => inPieces(part, read, 3), { offset: 1, length: 8 });
  assert.deepEqual(whole, vector.subarray(1, 9));
  assert.deepEqual(asked, [[1, 3], [4, 3], [7, 2]]);
  assert.deepEqual(await Array.fromAsync(inPieces({ offset: 4, length: 0 }, read, 3)), []);
});

Deno.test("a vector in memory is read without a copy", async () => {
  const [piece] = await Array.fromAsync(readerOf(vector)({ offset: 2, length: 5 }));
  assert.deepEqual(piece, vector.subarray(2, 7));
  assert.equal(piece!.buffer, vector.buffer);
});
