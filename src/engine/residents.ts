/**
 * Residents: arrays that stay in the worker from run to run, such as parameters and moments.
 *
 * A run never writes into an array that it may be reading: what replaces a resident is written into
 * its spare and the two change places when the run has succeeded. So a resident that graphs update
 * takes twice its size, and a run that fails has changed nothing. Knows no runtime.
 *
 * @module
 */

import { expectFilled, type Feed, sizeOf } from "./arrays.ts";
import { allocate, type Element, holds } from "./elements.ts";
import type { StateView } from "./protocol.ts";

interface Resident {
  readonly current: Feed;
  /** As large as `current`; what it holds is of no use. */
  readonly spare?: Feed;
}

/** Arrays by name. */
export class Residents {
  readonly #residents = new Map<string, Resident>();

  /**
   * Takes an array over, in place of what had the name. It is not copied.
   *
   * @throws {RangeError} where its numbers are not as many as its extents say.
   */
  put(name: string, feed: Feed): void {
    expectFilled(name, feed);
    this.#residents.set(name, { current: feed });
  }

  /**
   * The array itself, not a copy.
   *
   * @throws {TypeError} where no resident has the name.
   */
  get(name: string): Feed {
    return this.#find(name).current;
  }

  /**
   * A part of a float32 resident under extents of its own, without a copy.
   *
   * @throws {TypeError} where the resident is not float32.
   * @throws {RangeError} where the part is not within the resident.
   */
  view({ state, offset, dims }: StateView): Feed {
    const { data } = this.get(state);
    if (!(data instanceof Float32Array)) {
      throw new TypeError(
        `Cannot view "${state}" as only float32 has views: received ${data.constructor.name}`,
      );
    }
    const end = offset + sizeOf(dims);
    if (![offset, ...dims].every(isNatural) || end > data.length) {
      throw new RangeError(
        `Cannot view "${state}" as the part is not within it: received [${
          dims.join(", ")
        }] at ${offset} of ${data.length}`,
      );
    }
    return { data: data.subarray(offset, end), dims };
  }

  /** An array to write the next state of a resident into, which nobody reads: its spare if that fits. */
  target(name: string, { element, dims }: { element: Element; dims: readonly number[] }): Feed {
    const spare = this.#residents.get(name)?.spare;
    const fits = spare !== undefined && holds(element, spare.data) &&
      spare.data.length === sizeOf(dims);
    return fits ? { data: spare.data, dims } : allocate(element, dims);
  }

  /** Makes a written target the resident; what was the resident becomes the spare. */
  swap(name: string, target: Feed): void {
    const spare = this.#residents.get(name)?.current;
    const same = spare?.data.length === target.data.length;
    this.#residents.set(name, same ? { current: target, spare } : { current: target });
  }

  /** Forgets everything. */
  clear(): void {
    this.#residents.clear();
  }

  #find(name: string): Resident {
    const resident = this.#residents.get(name);
    if (resident !== undefined) return resident;
    const known = [...this.#residents.keys()].join(", ") || "none";
    throw new TypeError(`Cannot read "${name}" as no resident has that name: received ${known}`);
  }
}

function isNatural(number: number): boolean {
  return Number.isInteger(number) && number >= 0;
}
