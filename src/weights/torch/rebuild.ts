/**
 * The functions of `torch._utils` that a pickle calls to make a tensor of a storage.
 *
 * @module
 */

import type { ListedDtype } from "../checkpoint.ts";
import { describe, Dict, Global, type PickleValue } from "./pickle_value.ts";
import { Storage } from "./storage.ts";
import { TensorView } from "./tensor_view.ts";
import { torchDtypes } from "./torch_types.ts";
import { Unfit } from "./unfit.ts";

/** No model has a rank above five. */
const HIGHEST_RANK = 8;

type Arguments = readonly PickleValue[];

/**
 * `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks, metadata)`, of which the
 * first four are there in every version. Gradients and hooks are of no use here.
 */
export function rebuildTensor(args: Arguments): TensorView {
  const [storage, _offset, _shape, _strides, _gradient, _hooks, metadata] = args;
  refuseMetadata(metadata);
  const { dtype } = storageOf(storage);
  if (dtype === undefined) throw new Unfit("a tensor has no element type", "an untyped storage");
  return view(args, dtype);
}

/** `_rebuild_tensor_v3`, with the element type before the metadata: types that have no storage class. */
export function rebuildTypedTensor(args: Arguments): TensorView {
  const [type, metadata] = args.slice(6);
  refuseMetadata(metadata);
  const dtype = type instanceof Global ? torchDtypes[type.name] : undefined;
  if (dtype === undefined) throw new Unfit("a tensor has an unknown element type", describe(type));
  return view(args, dtype);
}

/** `_rebuild_parameter(tensor, requires_grad, hooks)`: a parameter is its tensor. */
export function rebuildParameter([tensor]: Arguments): TensorView {
  if (tensor instanceof TensorView) return tensor;
  throw new Unfit("a parameter must be a tensor", describe(tensor));
}

function view([storage, offset, shape, strides]: Arguments, dtype: ListedDtype): TensorView {
  return new TensorView({
    storage: storageOf(storage),
    dtype,
    offset: countOf(offset, "the offset of a tensor"),
    shape: countsOf(shape, "the shape of a tensor"),
    strides: countsOf(strides, "the strides of a tensor"),
  });
}

/** A tensor may be stored as another with a mark that says to negate or to conjugate it. */
function refuseMetadata(metadata: PickleValue | undefined): void {
  if (metadata === undefined || metadata === null) return;
  if (metadata instanceof Dict && metadata.entries.size === 0) return;
  const marks = metadata instanceof Dict ? [...metadata.entries.keys()] : [metadata];
  throw new Unfit("a tensor must be stored as it is", `the mark ${describe(marks[0])}`);
}

function storageOf(value: PickleValue | undefined): Storage {
  if (value instanceof Storage) return value;
  throw new Unfit("a tensor must be a view of a storage", describe(value));
}

function countsOf(value: PickleValue | undefined, what: string): number[] {
  if (!Array.isArray(value) || value.length > HIGHEST_RANK) {
    throw new Unfit(`${what} must be a tuple of at most ${HIGHEST_RANK}`, describe(value));
  }
  return value.map((each: PickleValue) => countOf(each, what));
}

/** A whole number that is exact. @param what it is, for errors */
export function countOf(value: PickleValue | undefined, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Unfit(`${what} must be of whole numbers from 0 to 2^53`, describe(value));
}
