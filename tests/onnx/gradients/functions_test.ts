import * as ops from "../../../src/onnx/ops.ts";
import { numbers, positives, testGradients } from "../../support/finite_differences.ts";

const dims = [2, 3];
/** Both signs, none nearer to 0 than finite differences reach. */
const apart = { dims, data: [-1.2, -0.4, -0.1, 0.1, 0.7, 1.5] };

testGradients([
  { name: "of the opposite", feed: { x: numbers(dims) }, build: ({ x }) => ops.neg(x!) },
  { name: "of the magnitude", feed: { x: apart }, build: ({ x }) => ops.abs(x!) },
  { name: "of the square root", feed: { x: positives(dims) }, build: ({ x }) => ops.sqrt(x!) },
  { name: "of the exponential", feed: { x: numbers(dims) }, build: ({ x }) => ops.exp(x!) },
  { name: "of the logarithm", feed: { x: positives(dims) }, build: ({ x }) => ops.log(x!) },
  { name: "of the cosine", feed: { x: numbers(dims) }, build: ({ x }) => ops.cos(x!) },
  { name: "of the sine", feed: { x: numbers(dims) }, build: ({ x }) => ops.sin(x!) },
  { name: "of the error function", feed: { x: numbers(dims) }, build: ({ x }) => ops.erf(x!) },
]);
