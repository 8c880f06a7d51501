/**
 * Every operator that layers may use, in one place to import from.
 *
 * @module
 */

export * from "./ops/elementwise.ts";
export * from "./ops/matrix.ts";
export * from "./ops/arrange.ts";
export * from "./ops/reduce.ts";
export * from "./ops/loop.ts";
