/**
 * Kind of head: how the head of a class is made of what its directory says, and where it is read.
 *
 * @module
 */

import type { Pooling } from "../../text/pooling.ts";
import type { CausalReading } from "../causal_family.ts";
import { labelNames } from "../configuration.ts";
import type { Head } from "./head.ts";
import { layeredHead } from "./layered.ts";

/** Tensors by their names, as far as heads are told by them. */
export type StoredShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** What a head is made of. */
export interface HeadSource extends CausalReading {
  /** The fields of config.json, as they stand there. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly stored: StoredShapes;
}

/** How one kind of head is read. */
export interface HeadKind {
  /** The tensor without which it is not stored. */
  readonly tensor: string;
  head(source: HeadSource): Head;
  pooling(source: HeadSource): Pooling;
}

/** A linear head that was found in a checkpoint. */
export interface FoundLayer {
  readonly name: string;
  readonly bias: boolean;
}

/** The head of transformers' `...ForSequenceClassification` of decoders: linear, called `score`, no bias. */
export const scoreHead: HeadKind = linearKind({ name: "score", bias: false });

/** A linear head with the labels of config.json, read where transformers reads one. */
export function linearKind({ name, bias }: FoundLayer): HeadKind {
  return {
    tensor: `${name}.weight`,
    head({ trunk, config }) {
      const labels = labelNames(config);
      const { hidden: inputs } = trunk.dimensions;
      return layeredHead({ inputs, labels, layers: [{ name, outputs: labels.length, bias }] });
    },
    pooling: lastNotPadding,
  };
}

/** The last token that is no padding; without a `pad_token_id` transformers takes no token for it. */
export function lastNotPadding({ config: { pad_token_id: padding } }: HeadSource): Pooling {
  return padding === undefined || padding === null ? "last" : { lastNot: padding };
}
