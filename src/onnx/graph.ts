/**
 * Graph: an ONNX graph under construction, and what it is made of.
 *
 * Knows no model and no runtime. Weights are references into checkpoint files; their bytes are never
 * read here.
 *
 * @module
 */

import { compatible } from "./broadcast.ts";
import { type OpName, shapeRules } from "./shapes.ts";
import { describe, type Dtype, type Facts, type Shape, Value } from "./value.ts";

/** An attribute of a node; ONNX tells integers from floats, so the kind is spelt out. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string }
  | { readonly graph: Graph };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One application of an operator. An absent optional input is `undefined`. */
export interface Node {
  readonly op: OpName;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** How a node is emitted. */
export interface EmitOptions {
  readonly attributes?: Attributes;
  /** Names for extents that the shape rule cannot know. Must agree with what it does know. */
  readonly declared?: Shape;
}

/** A tensor that lies in a checkpoint file: absolute path, byte offset and byte length. */
export interface StoredWeight extends Facts {
  readonly name: string;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A tensor whose numbers stand in the graph itself. */
export interface Constant extends Facts {
  readonly data: readonly number[] | Float32Array;
}

/** A graph, or the body of a loop within one. */
export class Graph {
  readonly name: string;
  readonly parent: Graph | undefined;
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly outputs = new Map<string, Value>();
  readonly weights = new Map<Value, StoredWeight>();
  readonly constants = new Map<Value, Constant>();
  readonly #labels = new Set<string>();
  readonly #scalars = new Map<string, Value>();
  #count = 0;

  constructor(name: string, parent?: Graph) {
    this.name = name;
    this.parent = parent;
  }

  /** The outermost graph. */
  get root(): Graph {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** Whether this graph is `outer` or stands within it, so that its nodes may read `outer`'s values. */
  within(outer: Graph): boolean {
    return outer === this || this.parent?.within(outer) === true;
  }

  /** Declares an input, fed by name when the graph runs. */
  input(name: string, dtype: Dtype, shape: Shape): Value {
    const value = this.#make(name, { dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /** Declares an output. */
  output(name: string, value: Value): void {
    if (this.outputs.has(name)) throw new Error(`Cannot name two outputs "${name}"`);
    this.outputs.set(name, value);
  }

  /** A tensor read in place from a checkpoint file. */
  weight(stored: StoredWeight): Value {
    const { dtype, shape } = stored;
    const value = this.#make(stored.name, { dtype, shape });
    this.weights.set(value, stored);
    return value;
  }

  /** A tensor whose numbers are written into the graph. */
  constant(constant: Constant): Value {
    const { dtype, shape } = constant;
    const value = this.#make(this.label("c"), { dtype, shape });
    this.constants.set(value, constant);
    return value;
  }

  /** A number as a tensor of rank 0; equal numbers share one tensor. */
  scalar(dtype: Dtype, number: number): Value {
    if (this.parent !== undefined) return this.root.scalar(dtype, number);
    const key = `${dtype}:${Object.is(number, -0) ? "-0" : number}`;
    const known = this.#scalars.get(key);
    if (known !== undefined) return known;
    const value = this.constant({ dtype, shape: [], data: [number] });
    this.#scalars.set(key, value);
    return value;
  }

  /** A vector of integers, as shapes and axes are given. */
  integers(data: readonly number[]): Value {
    return this.root.constant({ dtype: "int64", shape: [data.length], data });
  }

  /**
   * Applies an operator: checks its inputs, works out the shapes of its outputs and appends it.
   *
   * @throws {TypeError} where the operator's shape rule refuses the inputs.
   */
  emit(
    op: OpName,
    inputs: readonly (Value | undefined)[],
    { attributes = {}, declared }: EmitOptions = {},
  ): readonly Value[] {
    for (const input of inputs) this.#expectVisible(op, input);
    const facts = shapeRules[op](inputs, attributes);
    const outputs = facts.map((each) =>
      this.#make(this.label("v"), declared === undefined ? each : agreed(op, each, declared))
    );
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  #expectVisible(op: OpName, input: Value | undefined): void {
    if (input === undefined || this.within(input.graph)) return;
    throw new TypeError(
      `Cannot apply ${op} in graph "${this.name}" as its input ${input.label} ${
        describe(input)
      } belongs to graph "${input.graph.name}"`,
    );
  }

  #make(label: string, facts: Facts): Value {
    const { root } = this;
    if (root.#labels.has(label)) throw new Error(`Cannot use the name "${label}" twice`);
    root.#labels.add(label);
    return new Value(this, label, facts);
  }

  /** A name nothing else in the outermost graph has. */
  label(prefix: string): string {
    return `${prefix}${this.root.#count++}`;
  }
}

function agreed(op: OpName, found: Facts, declared: Shape): Facts {
  const agrees = found.shape.length === declared.length &&
    found.shape.every((dim, axis) => compatible(dim, declared[axis] ?? 0));
  if (agrees) return { dtype: found.dtype, shape: declared };
  throw new TypeError(`Cannot take ${op}'s ${describe(found)} as [${declared.join(", ")}]`);
}
