/**
 * The rotation before numbers are rounded to 8 bits: blocks of a row and of a weight's inputs are multiplied with
 * the same orthogonal matrix, which leaves their product as it is (arXiv 2404.00456).
 *
 * A few channels of hidden states are often ten times as large as all others, and a scale for the row would leave
 * those a few steps. Rotated, what one of them holds is spread over its block. No text is needed to find such
 * channels, and a row does not depend on the rows beside it.
 *
 * @module
 */

/** Extents of blocks, powers of 4: the matrix holds a power of 2 and its negative, so that it is exact. */
const BLOCKS = [64, 16, 4];

/**
 * Signs that a block's inputs are changed by. Without, the first of the rotated numbers would be their sum, which is
 * large where activations are positive. The signs of a bent function (Rothaus, 1976) spread a sum evenly.
 */
const SIGNS = Float64Array.from({ length: 64 }, (_, i) => {
  const products = [0, 2, 4].map((bit) => i >> bit & i >> bit + 1 & 1);
  return products.reduce((sum, each) => sum + each, 0) % 2 === 0 ? 1 : -1;
});

/** The extent of the blocks that so many inputs are cut into; undefined where they are not rotated. */
export function rotatedBlock(inputs: number): number | undefined {
  return BLOCKS.find((block) => inputs % block === 0);
}

/** Rotates a block in place, by the fast Walsh-Hadamard transform: `x @ rotation(x.length)`. */
export function rotate(x: Float32Array): void {
  const { length } = x;
  const shrink = 1 / Math.sqrt(length);
  for (let i = 0; i < length; i++) x[i] = x[i]! * SIGNS[i]! * shrink;
  for (let half = 1; half < length; half *= 2) {
    for (let start = 0; start < length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = x[i]!, b = x[i + half]!;
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

/** The orthogonal matrix `[block, block]`, row by row. */
export function rotation(block: number): number[] {
  return Array.from({ length: block }, (_, row) => {
    const unit = new Float32Array(block);
    unit[row] = 1;
    rotate(unit);
    return [...unit];
  }).flat();
}
