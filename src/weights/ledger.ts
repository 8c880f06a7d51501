/**
 * Ledger: gives the tensors of a checkpoint to a model, and accounts for every one (law 5).
 *
 * A model with a missing or an unused tensor still answers, plausibly and wrongly, so it does not load.
 *
 * @module
 */

import { badModel, describeShape, describeTensor, listed, shown } from "./bad_model.ts";
import type { Checkpoint, ListedTensor, StoredTensor, TensorLedger } from "./checkpoint.ts";
import { isUsable } from "./element_type.ts";
import { nearest } from "../spelling.ts";

interface Exemption {
  readonly pattern: RegExp;
  readonly reason: string;
}

/** The ledger of one checkpoint. */
export class Ledger implements TensorLedger {
  readonly #checkpoint: Pick<Checkpoint, "source" | "tensors">;
  readonly #taken = new Map<string, StoredTensor>();
  readonly #exemptions: Exemption[] = [];

  constructor(checkpoint: Pick<Checkpoint, "source" | "tensors">) {
    this.#checkpoint = checkpoint;
  }

  take(name: string, shape: readonly number[]): StoredTensor {
    const tensor = this.#stored(name);
    if (tensor === undefined) throw this.#missing(name, shape);
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
      throw badModel(
        `Cannot load ${tensor.file} as its tensor ${shown(name)} must have the shape ` +
          `${describeShape(shape)}: received ${describeShape(tensor.shape)}`,
      );
    }
    if (!isUsable(tensor)) {
      throw badModel(
        `Cannot load ${tensor.file} as its tensor ${shown(name)} must be float32, float16 or ` +
          `bfloat16: received ${tensor.dtype}`,
      );
    }
    this.#taken.set(tensor.name, tensor);
    return tensor;
  }

  has(name: string): boolean {
    return this.#stored(name) !== undefined;
  }

  ignore(pattern: RegExp, reason: string): void {
    if (pattern.global || pattern.sticky) {
      throw new TypeError(
        `Cannot ignore tensors by a pattern that keeps state: received ${pattern}`,
      );
    }
    this.#exemptions.push({ pattern, reason });
  }

  settle(): void {
    const unused = [...this.#checkpoint.tensors.values()].filter((tensor) =>
      !this.#taken.has(tensor.name) && this.#exempts(tensor.name) === undefined
    );
    if (unused.length === 0) return;
    const places = [...new Set(unused.map(({ file }) => file))];
    const count = unused.length === 1 ? "a tensor" : `${unused.length} tensors`;
    throw badModel(
      `Cannot load ${listed(places)} as the architecture has no use for ${count}: ` +
        `received ${listed(unused.map(describeTensor))}`,
    );
  }

  /** The tensors taken so far: the model's weights, each once. */
  get taken(): readonly StoredTensor[] {
    return [...this.#taken.values()];
  }

  /** The ignored tensors with the reasons, for `inspect`. */
  get ignored(): readonly { readonly tensor: ListedTensor; readonly reason: string }[] {
    return [...this.#checkpoint.tensors.values()].flatMap((tensor) => {
      const exemption = this.#taken.has(tensor.name) ? undefined : this.#exempts(tensor.name);
      return exemption === undefined ? [] : [{ tensor, reason: exemption.reason }];
    });
  }

  /** The tensor of a name, or of the name that older checkpoints give it. */
  #stored(name: string): ListedTensor | undefined {
    const { tensors } = this.#checkpoint;
    return tensors.get(name) ?? tensors.get(oldName(name));
  }

  #exempts(name: string): Exemption | undefined {
    return this.#exemptions.find(({ pattern }) => pattern.test(name));
  }

  #missing(name: string, shape: readonly number[]): Error {
    const { source, tensors } = this.#checkpoint;
    const names = tensors.keys().filter((each) => !this.#taken.has(each));
    const meant = nearest(name, names);
    const received = meant === undefined
      ? `${tensors.size} tensors, such as ${listed([...tensors.keys().take(3)].map(shown))}`
      : `one called ${describeTensor(tensors.get(meant) as ListedTensor)} instead`;
    return badModel(
      `Cannot load ${source} as its tensor ${shown(name)} of shape ${describeShape(shape)} is ` +
        `missing: received ${received}`,
    );
  }
}

/**
 * Checkpoints converted from TensorFlow call the weight and bias of a `LayerNorm` gamma and beta, which
 * transformers reads for every family.
 */
function oldName(name: string): string {
  return name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma")
    .replace(/LayerNorm\.bias$/, "LayerNorm.beta");
}
