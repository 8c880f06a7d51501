/**
 * TensorView: a tensor as torch stores it, a view of a storage.
 *
 * @module
 */

import { describeShape, shown } from "../bad_model.ts";
import type { ListedDtype, ListedTensor } from "../checkpoint.ts";
import { bitsOf, elementCount } from "../element_type.ts";
import type { Storage } from "./storage.ts";
import { Unfit } from "./unfit.ts";

/** What a pickle says of a tensor. */
export interface ViewFields {
  readonly storage: Storage;
  readonly dtype: ListedDtype;
  /** Numbers before its first. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** Numbers from one index of an axis to the next. */
  readonly strides: readonly number[];
}

/** A view that lies within its storage. */
export class TensorView {
  readonly #fields: ViewFields;

  /** @throws {Unfit} where the view exceeds its storage or its shape is no shape */
  constructor(fields: ViewFields) {
    this.#fields = fields;
    const { shape, strides } = fields;
    if (shape.length !== strides.length) {
      throw new Unfit(
        "a tensor must have a stride for each axis",
        `${strides.length} of ${shape.length}`,
      );
    }
    this.#checkBounds();
  }

  get storage(): Storage {
    return this.#fields.storage;
  }

  /**
   * The view as a stored tensor.
   *
   * @param place where its storage begins
   * @throws {Unfit} where its numbers do not stand in the file one behind another
   */
  listed(name: string, place: { readonly file: string; readonly offset: number }): ListedTensor {
    const { dtype, offset, shape, strides } = this.#fields;
    if (!isContiguous(this.#fields)) {
      throw new Unfit(
        `its tensor ${shown(name)} is a view whose numbers are not stored in the order of its ` +
          `indices (save_pretrained of transformers writes the model anew, as safetensors)`,
        `shape ${describeShape(shape)} with strides ${describeShape(strides)}`,
      );
    }
    const size = bitsOf(dtype) / 8;
    const length = elementCount(shape) * size;
    return { name, dtype, shape, file: place.file, offset: place.offset + offset * size, length };
  }

  #checkBounds(): void {
    const { storage, dtype, offset, shape, strides } = this.#fields;
    const length = storage.length / (bitsOf(dtype) / 8);
    const last = shape.reduce((at, extent, i) => at + (extent - 1) * strides[i]!, offset);
    // An empty tensor has no last number, but is somewhere.
    const end = shape.includes(0) ? offset : last + 1;
    if (end <= length) return;
    throw new Unfit(
      "a tensor must lie within its storage",
      `${describeShape(shape)} with strides ${
        describeShape(strides)
      } at ${offset} in ${length} numbers`,
    );
  }
}

/** Whether the last index runs fastest, without gaps; the stride of an axis of one index says nothing. */
function isContiguous({ shape, strides }: ViewFields): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
