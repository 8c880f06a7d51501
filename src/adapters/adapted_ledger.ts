/**
 * Adapted ledger: gives a model the tensors of its base and, in place of them or beside them, those of an
 * adapter, and accounts for every one of both (law 5).
 *
 * @module
 */

import { badModel, describeShape, describeTensor, listed, shown } from "../weights/bad_model.ts";
import type {
  ListedTensor,
  LowRankUpdate,
  StoredTensor,
  TensorLedger,
  UpdateShape,
} from "../weights/checkpoint.ts";
import { isUsable } from "../weights/element_type.ts";
import type { Ledger } from "../weights/ledger.ts";
import type { Adapter } from "./adapter.ts";
import type { Matrices } from "./adapter_tensors.ts";

const REPLACED = "the adapter has another in its place";

/** The ledger of a base model and one adapter. */
export class AdaptedLedger implements TensorLedger {
  readonly #base: Ledger;
  readonly #adapter: Adapter;
  readonly #taken = new Map<string, StoredTensor>();

  /** @param base that of the base model's checkpoint, of which nothing was taken yet */
  constructor(base: Ledger, adapter: Adapter) {
    this.#base = base;
    this.#adapter = adapter;
  }

  /** A whole tensor: the adapter's, where it has one. */
  take(name: string, shape: readonly number[]): StoredTensor {
    const own = this.#adapter.tensors.saved.get(name);
    if (own === undefined) {
      this.#expectUnsaved(name);
      return this.#base.take(name, shape);
    }
    this.#base.replace(name, REPLACED);
    return this.#own(own, shape);
  }

  has(name: string): boolean {
    return this.#adapter.tensors.saved.has(name) || this.#base.has(name);
  }

  /** The matrices of a module, which have to agree with adapter_config.json. */
  update(module: string, shape: UpdateShape): LowRankUpdate | undefined {
    const { config, rules, tensors: { matrices } } = this.#adapter;
    const own = matrices.get(module);
    const targeted = rules.targets(module, shape.kind);
    if (own === undefined) {
      if (targeted === true) throw this.#lacking(module, '"target_modules" names');
      return undefined;
    }
    if (targeted === false) throw this.#untargeted(own);
    if (own.kind !== shape.kind) throw this.#unfit(module, own);
    if (own.bias !== undefined && !config.lora_bias) throw this.#untargeted(own, own.bias);
    const { rank, scale } = rules.rankOf(module);
    return {
      down: this.#own(own.down, [rank, shape.inputs]),
      up: this.#own(own.up, [shape.outputs, rank]),
      ...(own.bias === undefined ? {} : { bias: this.#own(own.bias, [shape.outputs]) }),
      scale,
    };
  }

  ignore(pattern: RegExp, reason: string): void {
    this.#base.ignore(pattern, reason);
  }

  /** Of both files: a tensor without use is an error of its file. */
  settle(): void {
    this.#base.settle();
    const { source, tensors: { matrices, saved } } = this.#adapter;
    const parts = [...matrices.values()].flatMap(({ down, up, bias }) =>
      bias === undefined ? [down, up] : [down, up, bias]
    );
    const unused = [...parts, ...saved.values()].filter(({ name }) => !this.#taken.has(name));
    if (unused.length === 0) return;
    const count = unused.length === 1 ? "a tensor" : `${unused.length} tensors`;
    throw badModel(
      `Cannot load ${source} as the base model has no use for ${count} of the adapter: received ${
        listed(unused.map(describeTensor))
      }`,
    );
  }

  /** Those of the base model and those of the adapter. */
  get taken(): readonly StoredTensor[] {
    return [...this.#base.taken, ...this.#taken.values()];
  }

  /** As {@linkcode Ledger.ignored}, of both. */
  get ignored(): Ledger["ignored"] {
    return [...this.#base.ignored, ...this.#adapter.tensors.needless];
  }

  /** As {@linkcode Ledger.renamed}, of the base model. */
  get renamed(): Ledger["renamed"] {
    return this.#base.renamed;
  }

  #own(tensor: ListedTensor, shape: readonly number[]): StoredTensor {
    const { source } = this.#adapter;
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
      throw badModel(
        `Cannot apply ${source} as its tensor ${shown(tensor.name)} must have the shape ` +
          `${describeShape(shape)}, after adapter_config.json and the base model: received ${
            describeShape(tensor.shape)
          }`,
      );
    }
    if (!isUsable(tensor)) {
      throw badModel(
        `Cannot apply ${source} as its tensor ${shown(tensor.name)} must be float64, float32, ` +
          `float16 or bfloat16: received ${tensor.dtype}`,
      );
    }
    this.#taken.set(tensor.name, tensor);
    return tensor;
  }

  /** peft does not load an adapter without a module that it saves as a whole, such as the head. */
  #expectUnsaved(name: string): void {
    const module = this.#adapter.rules.savedAs(name.slice(0, name.lastIndexOf(".")));
    if (module !== undefined) throw this.#lacking(name, '"modules_to_save" and "task_type" name');
  }

  #lacking(name: string, reason: string): Error {
    const { source, tensors: { matrices, saved } } = this.#adapter;
    return badModel(
      `Cannot apply ${source} as it lacks ${shown(name)}, which ${reason}: received tensors of ${
        listed([...matrices.keys(), ...saved.keys()].map(shown))
      }`,
    );
  }

  /** peft leaves such tensors unread, so that the module is that of the base model. */
  #untargeted({ down, up }: Matrices, ...unread: readonly ListedTensor[]): Error {
    const tensors = unread.length === 0 ? [down, up] : unread;
    return badModel(
      `Cannot apply ${this.#adapter.source} as adapter_config.json does not name a module that it adapts, ` +
        `which peft would leave as it is: received ${listed(tensors.map(describeTensor))}`,
    );
  }

  #unfit(module: string, { down, up }: Matrices): Error {
    return badModel(
      `Cannot apply ${this.#adapter.source} as ${
        shown(module)
      } is a linear layer in one and a table of ` +
        `embeddings in the other: received ${listed([down, up].map(describeTensor))}`,
    );
  }
}
