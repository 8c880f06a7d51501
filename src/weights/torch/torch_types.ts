/**
 * The types of torch by the names that pickles have for them.
 *
 * @module
 */

import type { ListedDtype } from "../checkpoint.ts";
import type { StorageDtype } from "./storage.ts";

/** The classes of storages, which say what their numbers are; untyped where each tensor says it. */
export const storageClasses: Readonly<Record<string, { readonly dtype: StorageDtype }>> = {
  "torch.FloatStorage": { dtype: "float32" },
  "torch.DoubleStorage": { dtype: "float64" },
  "torch.HalfStorage": { dtype: "float16" },
  "torch.BFloat16Storage": { dtype: "bfloat16" },
  "torch.LongStorage": { dtype: "int64" },
  "torch.IntStorage": { dtype: "int32" },
  "torch.ShortStorage": { dtype: "int16" },
  "torch.CharStorage": { dtype: "int8" },
  "torch.ByteStorage": { dtype: "uint8" },
  "torch.BoolStorage": { dtype: "bool" },
  "torch.ComplexFloatStorage": { dtype: "complex64" },
  "torch.storage.UntypedStorage": { dtype: undefined },
};

/** The types of elements. */
export const torchDtypes: Readonly<Record<string, ListedDtype>> = {
  "torch.float32": "float32",
  "torch.float64": "float64",
  "torch.float16": "float16",
  "torch.bfloat16": "bfloat16",
  "torch.int64": "int64",
  "torch.int32": "int32",
  "torch.int16": "int16",
  "torch.int8": "int8",
  "torch.uint64": "uint64",
  "torch.uint32": "uint32",
  "torch.uint16": "uint16",
  "torch.uint8": "uint8",
  "torch.bool": "bool",
  "torch.complex64": "complex64",
  "torch.float8_e4m3fn": "float8_e4m3",
  "torch.float8_e4m3fnuz": "float8_e4m3fnuz",
  "torch.float8_e5m2": "float8_e5m2",
  "torch.float8_e5m2fnuz": "float8_e5m2fnuz",
  "torch.float8_e8m0fnu": "float8_e8m0",
};
