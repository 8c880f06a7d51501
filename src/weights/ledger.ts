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
import { type Naming, type Needless, needless, spellingsOf } from "./tensor_names.ts";

/** The ledger of one checkpoint. */
export class Ledger implements TensorLedger {
  readonly #checkpoint: Pick<Checkpoint, "source" | "tensors">;
  readonly #taken = new Map<string, StoredTensor>();
  /** Why a stored tensor has been replaced, by its name. */
  readonly #replaced = new Map<string, string>();
  /** The names that were asked for, by those of the stored tensors. */
  readonly #asked = new Map<string, string>();
  /** Where the taken tensors stand. */
  readonly #layers = new Set<string>();
  /** What the model itself has no use for. */
  readonly #own: Needless[] = [];
  readonly #naming: Naming;

  /** @param naming how the checkpoint may spell names. @default only as transformers does */
  constructor(checkpoint: Pick<Checkpoint, "source" | "tensors">, naming: Naming = {}) {
    this.#checkpoint = checkpoint;
    this.#naming = naming;
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
        `Cannot load ${tensor.file} as its tensor ${shown(name)} must be float64, float32, ` +
          `float16 or bfloat16: received ${tensor.dtype}`,
      );
    }
    this.#taken.set(tensor.name, tensor);
    this.#asked.set(tensor.name, name);
    this.#layers.add(layerOf(tensor.name));
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
    this.#own.push({ pattern, reason });
  }

  /** Leaves the tensor of a name unused, for the model has another one in its place. */
  replace(name: string, reason: string): void {
    const stored = this.#stored(name);
    if (stored !== undefined) this.#replaced.set(stored.name, reason);
  }

  settle(): void {
    const unused = [...this.#checkpoint.tensors.values()].filter((tensor) =>
      !this.#taken.has(tensor.name) && this.#needless(tensor.name) === undefined
    );
    if (unused.length === 0) return;
    this.#refuseTwice(unused);
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
      const reason = this.#taken.has(tensor.name) ? undefined : this.#needless(tensor.name);
      return reason === undefined ? [] : [{ tensor, reason }];
    });
  }

  /** The tensors that were taken under another name than transformers gives them. */
  get renamed(): readonly { readonly stored: string; readonly name: string }[] {
    return [...this.#asked].flatMap(([stored, name]) => stored === name ? [] : [{ stored, name }]);
  }

  /** The tensor of a name, under whatever spelling the checkpoint has for it. */
  #stored(name: string): ListedTensor | undefined {
    const { tensors } = this.#checkpoint;
    const spelling = spellingsOf(name, this.#naming).find((each) => tensors.has(each));
    return spelling === undefined ? undefined : tensors.get(spelling);
  }

  /**
   * Why a tensor is not needed. Names of such tensors may lack the prefix of the base model too. Beside a
   * tensor that is taken none is set aside but what has been replaced: a layer that is read is read whole.
   */
  #needless(name: string): string | undefined {
    const replaced = this.#replaced.get(name);
    if (replaced !== undefined) return replaced;
    const { prefix } = this.#naming;
    const names = prefix === undefined ? [name] : [name, `${prefix}.${name}`];
    const matches = ({ pattern }: Needless) => names.some((each) => pattern.test(each));
    // A model knows better than the table.
    const own = this.#own.find(matches);
    if (own !== undefined || this.#layers.has(layerOf(name))) return own?.reason;
    return needless.find(matches)?.reason;
  }

  /** Which of two spellings transformers takes is a matter of their order. */
  #refuseTwice(unused: readonly ListedTensor[]): void {
    const names = new Set(unused.map(({ name }) => name));
    for (const [stored, name] of this.#asked) {
      const twin = spellingsOf(name, this.#naming).find((each) => names.has(each));
      if (twin === undefined) continue;
      throw badModel(
        `Cannot load ${this.#checkpoint.source} as it holds one tensor under two names: ` +
          `received ${shown(stored)} and ${shown(twin)}`,
      );
    }
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

/** The layer that a tensor belongs to, as `v_head` of `v_head.weight`. */
function layerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}
