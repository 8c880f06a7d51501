/**
 * Gradients in the shapes they are wanted in: repeated, summed over what was broadcast, laid out.
 *
 * Extents may be names. Where a value has the wanted shape already, its shape is read at run time only if
 * numbers and one inferred extent do not determine it.
 *
 * @module
 */

import type { Node } from "../graph.ts";
import { apply } from "../ops/apply.ts";
import type { Extent, Size } from "../ops/extent.ts";
import { reshape, shapeOf } from "../ops/layout.ts";
import { slice } from "../ops/pick.ts";
import { reduceSum } from "../ops/reduce.ts";
import { type Shape, UNKNOWN, type Value } from "../value.ts";
import { refusal } from "./rule.ts";

/** `x` repeated to the shape of `like`; nothing where it has that shape. */
export function full(x: Value, like: Value): Value {
  const same = x.rank === like.rank && x.shape.every((dim, axis) => dim === like.dim(axis));
  return same ? x : expandLike(x, like);
}

/** Zeros in the shape of `like`. */
export function zeros(like: Value): Value {
  return full(like.graph.scalar(like.dtype, 0), like);
}

function expandLike(x: Value, like: Value): Value {
  const known = numbersOf(like.shape);
  const target = known === undefined ? shapeOf(like) : like.graph.integers(known);
  return apply("Expand", [x, target], { declared: like.shape });
}

/** The numbers of `x` in the shape of `like`, which holds as many. */
export function reshapeLike(x: Value, like: Value): Value {
  const names = like.shape.filter((dim) => typeof dim === "string");
  if (names.length > 1) return apply("Reshape", [x, shapeOf(like)], { declared: like.shape });
  return reshape(x, like.shape.map((dim) => typeof dim === "number" ? dim : { rest: dim }));
}

/** `x` with axes of extent 1 put in front, up to `rank`, and then where `axes` of the result say. */
export function withAxes(x: Value, rank: number, axes: readonly number[] = []): Value {
  if (x.rank === 0 || x.rank === rank && axes.length === 0) return x;
  const own = [...Array<Extent>(rank - axes.length - x.rank).fill(1), ...extents(x)];
  const shape = Array.from({ length: rank }, (_, axis) => axes.includes(axis) ? 1 : own.shift()!);
  return reshape(x, shape);
}

/** The extents of `x` to reshape to: one unknown extent is inferred, more are read at run time. */
function extents(x: Value): Extent[] {
  const [name, ...more] = x.shape.filter((dim) => typeof dim === "string");
  if (name === undefined || more.length > 0) return x.shape.map((_, axis) => extent(x, axis));
  return x.shape.map((dim) => typeof dim === "number" ? dim : { rest: dim });
}

/** An extent of `x`: its number, or else what the runtime finds. */
export function extent(x: Value, axis: number): number | Size {
  const dim = x.dim(axis);
  if (typeof dim === "number") return dim;
  const value = slice(shapeOf(x), { axis: 0, start: axis, end: axis + 1 });
  return { name: dim, value };
}

/** Where a gradient comes from, and the input it is for. */
export interface Spread {
  readonly node: Node;
  /** The shape that the gradient is of, once it is repeated. */
  readonly wide: Value;
  /** The input, which broadcast to it. */
  readonly narrow: Value;
  /** What else the shape was broadcast from, where that is known. */
  readonly beside?: readonly Shape[];
}

/**
 * The gradient of an input that was broadcast: the sum over the axes along which it was repeated.
 *
 * @throws {TypeError} where extents are names and nothing tells whether an axis was repeated.
 */
export function unbroadcast(gradient: Value, spread: Spread): Value {
  const { wide, narrow } = spread;
  const dropped = wide.rank - narrow.rank;
  const repeated = wide.shape.map((_, axis) => axis)
    .filter((axis) => axis < dropped || isRepeated(spread, axis));
  if (repeated.length === 0) return gradient;
  const short = wide.rank - gradient.rank;
  const constant = repeated.some((axis) => (gradient.shape[axis - short] ?? 1) !== wide.dim(axis));
  const whole = constant || short > 0 ? full(gradient, wide) : gradient;
  const kept = reduceSum(whole, repeated.filter((axis) => axis >= dropped), { keep: true });
  return reduceSum(kept, repeated.filter((axis) => axis < dropped));
}

function isRepeated({ node, wide, narrow, beside }: Spread, axis: number): boolean {
  const fromEnd = axis - wide.rank;
  const [whole, own] = [wide.dim(fromEnd), narrow.dim(fromEnd)];
  if (own === whole && own !== UNKNOWN) return false;
  if (typeof own === "number") return own === 1;
  if (beside?.every((shape) => (shape.at(fromEnd) ?? 1) === 1)) return false;
  throw refusal(
    node,
    `nothing tells whether axis ${axis + narrow.rank - wide.rank} of ${narrow.label} was repeated`,
  );
}

function numbersOf(shape: Shape): number[] | undefined {
  const known = shape.filter((dim) => typeof dim === "number");
  return known.length === shape.length ? known : undefined;
}
