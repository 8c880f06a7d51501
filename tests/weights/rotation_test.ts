/** The rotation is orthogonal and exact, and spreads what one channel holds. */

import assert from "node:assert/strict";
import { rotate, rotatedBlock, rotation } from "../../src/weights/rotation.ts";

Deno.test("inputs are cut into the largest blocks that they are a multiple of", () => {
  const cases = [[768, 64], [192, 64], [48, 16], [36, 4], [4, 4], [6, undefined], [5, undefined]];
  for (const [inputs, block] of cases) assert.equal(rotatedBlock(inputs!), block);
});

for (const block of [4, 16, 64]) {
  Deno.test(`a rotation of ${block} keeps every product, without an error of its own`, () => {
    const matrix = rotation(block);
    const row = (i: number) => matrix.slice(i * block, (i + 1) * block);
    for (let i = 0; i < block; i++) {
      for (let j = 0; j < block; j++) {
        const product = row(i).reduce((sum, each, k) => sum + each * row(j)[k]!, 0);
        assert.equal(product, i === j ? 1 : 0);
      }
    }
  });

  Deno.test(`a rotation of ${block} is the product with its matrix`, () => {
    const matrix = rotation(block);
    const x = Float32Array.from({ length: block }, (_, i) => i * i % 11 - 4);
    const expected = Array.from(x, (_, j) => {
      return [...x].reduce((sum, each, i) => sum + each * matrix[i * block + j]!, 0);
    });
    rotate(x);
    assert.deepEqual([...x], expected);
  });

  Deno.test(`a rotation of ${block} spreads one channel, and the mean of all, over its block`, () => {
    const evenly = new Float32Array(block).fill(1);
    const one = new Float32Array(block);
    one[1] = Math.sqrt(block);
    for (const x of [one, new Float32Array(block).fill(1)]) {
      rotate(x);
      assert.deepEqual(x.map(Math.abs), evenly);
    }
  });
}
