/**
 * PickleValue: what a pickle of tensors consists of.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { Storage } from "./storage.ts";
import { TensorView } from "./tensor_view.ts";

/** A Python value; a tuple is an array. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PickleValue[]
  | List
  | Dict
  | Global
  | Storage
  | TensorView;

/** A Python list. */
export class List {
  readonly items: PickleValue[] = [];
}

/** A Python dictionary, ordered or not; its attributes are dropped. */
export class Dict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** A name of a Python module that tensors need, and all that may be done with it. */
export class Global {
  /**
   * @param name as in `torch.FloatStorage`
   * @param call what calling it gives; undefined where it is no function
   */
  constructor(
    readonly name: string,
    readonly call?: (args: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** A value for a message. What holds others is named by its kind: it may hold itself. */
export function describe(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof List) return "a list";
  if (value instanceof Dict) return "a dictionary";
  if (value instanceof Global) return value.name;
  if (value instanceof Storage) return "a storage";
  if (value instanceof TensorView) return "a tensor";
  if (typeof value === "object" && value !== null) return "a tuple";
  return typeof value === "bigint" ? "a number beyond 2^53" : shown(value);
}
