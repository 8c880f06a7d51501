/**
 * Gradients of operators that pick numbers out, or add them in, by index. What is picked twice gets
 * both gradients.
 *
 * All that add do so with ScatterElements, which gives the same sum on any number of threads (ScatterND
 * loses some), and into what is there already: a table that is also multiplied with, as tied
 * embeddings are, needs neither zeros nor a sum of its own.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { mul } from "../ops/arithmetic.ts";
import { cast, equal } from "../ops/compare.ts";
import type { Extent } from "../ops/extent.ts";
import { range, reshape } from "../ops/layout.ts";
import { gather as pick, gatherElements as pickElements, scatterAdd } from "../ops/pick.ts";
import { integer } from "../shapes/rule.ts";
import type { Shape, Value } from "../value.ts";
import { extent, full } from "./fit.ts";
import { type GradientRule, operand, refusal, unary } from "./rule.ts";

/** Adds every row back to where it was picked. Indices keep their element type. */
export const gather: GradientRule = (at) => {
  const [x, index] = [operand(at, 0), operand(at, 1)];
  const axis = axisOf(integer(at.node, "axis"), x.rank);
  const updates = () => {
    const picked = full(at.gradient, at.output);
    return index.rank === 1 ? picked : reshape(picked, flattened(x, index, axis));
  };
  return [{
    into: (sum) => {
      const rows = updates();
      return scatterAdd(sum, {
        index: full(column(index, x.rank, axis), rows),
        updates: rows,
        axis,
      });
    },
  }];
};

/** The shape of `x` with as many entries along `axis` as there are indices. */
function flattened(x: Value, { shape }: Value, axis: number): Extent[] {
  return x.shape.map((_, i) => i === axis ? count(shape) : extent(x, i));
}

/** All indices along `axis`, of extent 1 along all others. */
function column(index: Value, rank: number, axis: number): Value {
  if (rank === 1 && index.rank === 1) return index;
  return reshape(index, Array<Extent>(rank).fill(1).with(axis, count(index.shape)));
}

function count(shape: Shape): Extent {
  if (shape.length > 0 && shape.some((dim) => typeof dim === "string")) {
    return { rest: shape.join("*") };
  }
  return shape.reduce<number>((product, dim) => product * Number(dim), 1);
}

/** To every row what the one got that it went to, and nothing where it went nowhere. */
export const rearrange: GradientRule = unary((x, at) => {
  const [index, back] = [operand(at, 1), operand(at, 2)];
  const size = extent(back, 0);
  const count = typeof size === "number"
    ? { name: `${size}`, value: x.graph.scalar("int64", size) }
    : size;
  const own = cast(range(count), index.dtype); // 0, 1, 2, ...
  const went = cast(equal(pick(index, back), own), x.dtype);
  const column = reshape(went, [typeof size === "number" ? size : { rest: size.name }, 1]);
  return mul(pick(full(at.gradient, at.output), back), column);
});

/** Adds every number back to where it was picked. */
export const gatherElements: GradientRule = (at) => [{
  into: (sum) => {
    const axis = integer(at.node, "axis");
    return scatterAdd(sum, {
      index: operand(at, 1),
      updates: full(at.gradient, at.output),
      axis,
    });
  },
}];

/** Where numbers are added: what they are added to, and at their indices they themselves. */
export const scatterElements: GradientRule = (at) => {
  const { node, gradient, output } = at;
  const { reduction } = node.attributes;
  if (reduction === undefined || !("string" in reduction) || reduction.string !== "add") {
    throw refusal(node, "it puts numbers in place of others");
  }
  const axis = integer(node, "axis");
  return [
    () => gradient,
    undefined,
    () => pickElements(full(gradient, output), operand(at, 1), axis),
  ];
};

/** Adds every number back to where it was found. */
export const topK: GradientRule = (at) => [{
  into: (sum) => {
    const [values, index] = at.node.outputs;
    if (values === undefined || index === undefined) throw refusal(at.node, "it has no outputs");
    const axis = integer(at.node, "axis", -1);
    return scatterAdd(sum, { index, updates: full(at.gradient, values), axis });
  },
}];
