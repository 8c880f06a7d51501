/**
 * The names of Python modules that a pickle of tensors needs, each with all that calling it does here.
 * No other name means anything, and nothing is looked up outside of this table.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { describe, Dict, Global, type PickleValue } from "./pickle_value.ts";
import { rebuildParameter, rebuildTensor, rebuildTypedTensor } from "./rebuild.ts";
import { storageClasses, torchDtypes } from "./torch_types.ts";
import { Unfit } from "./unfit.ts";

/** A function of the table. */
type Call = (args: readonly PickleValue[]) => PickleValue;

/** What makes tensors, and the plain values that a file of weights may have beside them. */
const functions: Readonly<Record<string, Call>> = {
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTypedTensor,
  "torch._utils._rebuild_parameter": rebuildParameter,
  "torch._utils._rebuild_parameter_with_state": rebuildParameter,
  "collections.OrderedDict": emptyDictionary,
  "torch.Size": ([shape = []]) => shape,
  "torch.device": ([kind = null]) => kind,
};

const table = new Map<string, Global>([
  ...Object.entries(functions).map(([name, call]) => [name, new Global(name, call)] as const),
  ...[...Object.keys(storageClasses), ...Object.keys(torchDtypes)]
    .map((name) => [name, new Global(name)] as const),
]);

/** @throws {Unfit} naming it, for every other name */
export function globalOf(module: string, name: string): Global {
  const known = table.get(`${module}.${name}`);
  if (known !== undefined) return known;
  throw new Unfit(
    "weights may need nothing but tensors, and another name could run code",
    `the global ${shown(`${module}.${name}`)}`,
  );
}

/** @throws {Unfit} where the value is no function of the table */
export function call(value: PickleValue, args: PickleValue): PickleValue {
  if (!(value instanceof Global) || value.call === undefined) {
    throw new Unfit("it calls what is no function of tensors", describe(value));
  }
  if (!Array.isArray(args)) {
    throw new Unfit(`the arguments of ${value.name} must be a tuple`, describe(args));
  }
  return value.call(args);
}

/** torch pickles every ordered dictionary as an empty one that is then filled. */
function emptyDictionary(args: readonly PickleValue[]): Dict {
  if (args.length === 0) return new Dict();
  throw new Unfit("an ordered dictionary must begin empty", describe(args[0]));
}
