/**
 * Persistent tensors: arrays that stay in the worker between runs, such as parameters and optimizer
 * moments.
 *
 * Double-buffered: the new value of a tensor is written into a spare array, and the two are swapped
 * once the run has succeeded. A run therefore never overwrites what it reads, and a run that fails
 * changes nothing; a tensor that graphs update takes twice its size. Independent of the runtime.
 *
 * @module
 */

import { expectFilled, type Feed, sizeOf } from "./arrays.ts";
import { allocate, type Element, holds } from "./elements.ts";
import type { TensorView } from "./protocol.ts";

/** Some elements of a float32 persistent tensor, in the order of its rows. */
export interface TensorPart {
  readonly offset: number;
  readonly length: number;
}

/** An array of float32. */
interface FloatFeed extends Feed {
  readonly data: Float32Array<ArrayBuffer>;
}

interface DoubleBuffer {
  readonly current: Feed;
  /** As large as `current`; its contents are of no use. */
  readonly spare?: Feed;
}

/** Arrays by name. */
export class PersistentTensors {
  readonly #tensors = new Map<string, DoubleBuffer>();

  /**
   * Takes ownership of an array, without a copy, and replaces the tensor of that name.
   *
   * @throws {RangeError} if the array does not have as many elements as its dims say.
   */
  put(name: string, feed: Feed): void {
    expectFilled(name, feed);
    this.#tensors.set(name, { current: feed });
  }

  /**
   * The array itself, not a copy.
   *
   * @throws {TypeError} if there is no tensor of that name.
   */
  get(name: string): Feed {
    return this.#find(name).current;
  }

  /**
   * A part of a float32 tensor with dims of its own, without a copy.
   *
   * @throws {TypeError} if the tensor is not float32.
   * @throws {RangeError} if the part is not within the tensor.
   */
  view({ tensor, offset, dims }: TensorView): FloatFeed {
    const { data } = this.get(tensor);
    if (!(data instanceof Float32Array)) {
      throw new TypeError(
        `Cannot view "${tensor}" as only float32 has views: received ${data.constructor.name}`,
      );
    }
    const end = offset + sizeOf(dims);
    if (![offset, ...dims].every(isNatural) || end > data.length) {
      throw new RangeError(
        `Cannot view "${tensor}" as the part is not within it: received [${
          dims.join(", ")
        }] at ${offset} of ${data.length}`,
      );
    }
    return { data: data.subarray(offset, end), dims };
  }

  /**
   * Writes numbers into a part of a float32 tensor.
   *
   * @throws as {@linkcode view} does, and {RangeError} if the numbers do not fill the part
   */
  write(part: TensorView, numbers: Feed): void {
    const { data } = this.view(part);
    if (!(numbers.data instanceof Float32Array) || numbers.data.length !== data.length) {
      throw new RangeError(
        `Cannot write into "${part.tensor}" as the part has ${data.length} numbers of float32: ` +
          `received ${numbers.data.length} in a ${numbers.data.constructor.name}`,
      );
    }
    data.set(numbers.data);
  }

  /** An array to write the next value of a tensor into: its spare if that fits, or a new one. */
  target(name: string, { element, dims }: { element: Element; dims: readonly number[] }): Feed {
    const spare = this.#tensors.get(name)?.spare;
    const fits = spare !== undefined && holds(element, spare.data) &&
      spare.data.length === sizeOf(dims);
    return fits ? { data: spare.data, dims } : allocate(element, dims);
  }

  /** Makes a written target the tensor's value; the array it replaces becomes the spare. */
  swap(name: string, target: Feed): void {
    const spare = this.#tensors.get(name)?.current;
    const same = spare?.data.length === target.data.length;
    this.#tensors.set(name, same ? { current: target, spare } : { current: target });
  }

  /** Forgets everything. */
  clear(): void {
    this.#tensors.clear();
  }

  #find(name: string): DoubleBuffer {
    const found = this.#tensors.get(name);
    if (found !== undefined) return found;
    const known = [...this.#tensors.keys()].join(", ") || "none";
    throw new TypeError(`Cannot read "${name}" as there is no such tensor: received ${known}`);
  }
}

function isNatural(number: number): boolean {
  return Number.isInteger(number) && number >= 0;
}
