/**
 * Every operator that layers may use, in one place to import from.
 *
 * @module
 */

export * from "./ops/activations.ts";
export * from "./ops/arithmetic.ts";
export * from "./ops/compare.ts";
export type { Extent, Rest, Size } from "./ops/extent.ts";
export * from "./ops/functions.ts";
export * from "./ops/fused_attention.ts";
export * from "./ops/layout.ts";
export * from "./ops/loop.ts";
export * from "./ops/matrix.ts";
export * from "./ops/pick.ts";
export * from "./ops/quantized.ts";
export { rearrange } from "./ops/rearrange.ts";
export * from "./ops/reduce.ts";
