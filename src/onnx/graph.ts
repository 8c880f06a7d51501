/**
 * Graph: an ONNX graph under construction, and what it is made of.
 *
 * Knows no model and no runtime. Weights are references into checkpoint files; their bytes are never
 * read here.
 *
 * @module
 */

import { agreed, size } from "./broadcast.ts";
import { misfit } from "./dtypes.ts";
import { type OpName, shapeRules } from "./shapes.ts";
import { describe, type Dim, type Dtype, type Facts, type Shape, UNKNOWN, Value } from "./value.ts";

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
  /** Names for extents that the shape rule cannot know. Must agree with the numbers it does know. */
  readonly declared?: Shape;
  /** How many outputs are wanted; optional ones come last. @default all of them */
  readonly outputs?: number;
}

/** A tensor that lies in a checkpoint file: absolute path, byte offset and byte length. */
export interface StoredWeight extends Facts {
  readonly name: string;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A tensor whose numbers are part of the graph itself. */
export interface Constant extends Facts {
  readonly data: readonly number[] | Float32Array;
}

/** A graph, or the body of a loop within one. */
export class Graph {
  readonly name: string;
  readonly parent: Graph | undefined;
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #outputs = new Map<string, Value>();
  readonly #weights = new Map<Value, StoredWeight>();
  readonly #constants = new Map<Value, Constant>();
  readonly #shared = new Map<string, Value>();
  readonly #labels = new Set<string>();
  #count = 0;

  constructor(name: string, parent?: Graph) {
    this.name = name;
    this.parent = parent;
  }

  /** In the order of declaration. */
  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  /** In the order of computation. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Each of them made by a node of this graph, and under one name only. */
  get outputs(): ReadonlyMap<string, Value> {
    return this.#outputs;
  }

  get weights(): ReadonlyMap<Value, StoredWeight> {
    return this.#weights;
  }

  get constants(): ReadonlyMap<Value, Constant> {
    return this.#constants;
  }

  /** The outermost graph. */
  get root(): Graph {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** Whether this graph is `outer` or lies within it, so that its nodes may read `outer`'s values. */
  within(outer: Graph): boolean {
    return outer === this || this.parent?.within(outer) === true;
  }

  /** Declares an input, fed by name when the graph runs. */
  input(name: string, dtype: Dtype, shape: Shape): Value {
    const value = this.#make(name, { dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** Keeps inputs, weights and constants that `isWanted`, and the nodes with an output that is. */
  keep(isWanted: (value: Value) => boolean): void {
    const nodes = this.#nodes.filter(({ outputs }) => outputs.some(isWanted));
    this.#nodes.splice(0, Infinity, ...nodes);
    this.#inputs.splice(0, Infinity, ...this.#inputs.filter(isWanted));
    for (const stored of [this.#weights, this.#constants]) {
      for (const value of stored.keys()) if (!isWanted(value)) stored.delete(value);
    }
  }

  /** Declares an output. What no node of this graph makes, or goes out already, is passed on by one. */
  output(name: string, value: Value): void {
    this.#reserve(name);
    const own = this.#nodes.some(({ outputs }) => outputs.includes(value));
    const taken = [...this.#outputs.values()].includes(value);
    this.#outputs.set(name, own && !taken ? value : this.pass(value));
  }

  /** The same numbers as a value of this graph. */
  pass(value: Value): Value {
    return this.emit("Identity", [value])[0] ?? value;
  }

  /** A tensor read in place from a checkpoint file; the same value each time. */
  weight(stored: StoredWeight): Value {
    for (const [value, known] of this.#weights) {
      if (known.name === stored.name && known.file === stored.file) return value;
    }
    const value = this.#make(stored.name, { dtype: stored.dtype, shape: stored.shape });
    this.#weights.set(value, stored);
    return value;
  }

  /** A tensor whose numbers are written into the graph. */
  constant(constant: Constant): Value {
    const { dtype, shape, data } = constant;
    const wrong = misfit(dtype, data);
    if (wrong !== undefined) {
      throw new TypeError(
        `Cannot write a constant of ${dtype} as it holds no such number: received ${wrong}`,
      );
    }
    const { known, names } = size(shape);
    if (names.length > 0 || known !== data.length) {
      throw new TypeError(
        `Cannot write a constant as its numbers do not fill its shape: received ${data.length} for ${
          describe(constant)
        }`,
      );
    }
    const value = this.#make(this.label("%"), { dtype, shape });
    this.#constants.set(value, constant);
    return value;
  }

  /** A number as a tensor of rank 0; equal numbers share one tensor. */
  scalar(dtype: Dtype, number: number): Value {
    return this.root.#share({ dtype, shape: [], data: [number] });
  }

  /** A vector of integers, as shapes and axes are given; equal vectors share one tensor. */
  integers(data: readonly number[]): Value {
    return this.root.#share({ dtype: "int64", shape: [data.length], data });
  }

  /**
   * Applies an operator: checks its inputs, works out the shapes of its outputs and appends it.
   *
   * @throws {TypeError} where the operator's shape rule refuses the inputs.
   */
  emit(
    op: OpName,
    inputs: readonly (Value | undefined)[],
    { attributes = {}, declared, outputs: wanted }: EmitOptions = {},
  ): readonly Value[] {
    for (const input of inputs) this.#expectVisible(op, input);
    const facts = shapeRules[op]({ op, inputs, attributes }).slice(0, wanted);
    const outputs = facts.map((each) => this.#make(this.label("%"), named(op, each, declared)));
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** A name nothing else in the outermost graph has. */
  label(prefix: string): string {
    return `${prefix}${this.root.#count++}`;
  }

  #share(constant: Constant): Value {
    const numbers = Array.from(constant.data, (n) => Object.is(n, -0) ? "-0" : `${n}`);
    const key = `${describe(constant)}:${numbers.join()}`;
    const known = this.#shared.get(key) ?? this.constant(constant);
    this.#shared.set(key, known);
    return known;
  }

  #expectVisible(op: OpName, input: Value | undefined): void {
    if (input === undefined || this.within(input.graph)) return;
    const { label, graph } = input;
    throw new TypeError(
      `Cannot apply ${op} in graph "${this.name}" as an input belongs to another graph: received ${label} ${
        describe(input)
      } of "${graph.name}"`,
    );
  }

  #make(label: string, facts: Facts): Value {
    this.#reserve(label);
    return new Value(this, label, facts);
  }

  #reserve(label: string): void {
    const labels = this.root.#labels;
    if (labels.has(label)) {
      throw new Error(`Cannot use a name twice in graph "${this.root.name}": received "${label}"`);
    }
    labels.add(label);
  }
}

/** Facts with the extents under the names that the caller gives them. */
function named(op: OpName, found: Facts, declared: Shape = found.shape): Facts {
  const shape = found.shape.map((dim, axis) => renamed(dim, declared[axis] ?? UNKNOWN));
  const known = shape.filter((dim) => dim !== undefined);
  if (known.length === declared.length && known.length === shape.length) {
    return { dtype: found.dtype, shape: known };
  }
  throw new TypeError(
    `Cannot take the result of ${op} for [${declared.join(", ")}]: received ${describe(found)}`,
  );
}

/** Numbers are certain; of two names the caller's holds. */
function renamed(found: Dim, declared: Dim): Dim | undefined {
  if (declared === UNKNOWN) return found;
  return typeof found === "string" && found !== UNKNOWN ? declared : agreed(found, declared);
}
