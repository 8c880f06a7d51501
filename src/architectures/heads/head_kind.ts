/**
 * Kind of head: how the head of a class is made of what its directory says, and where it is read.
 *
 * @module
 */

import type { Pooling } from "../../text/pooling.ts";
import type { StepHabits } from "../architecture.ts";
import type { CausalReading } from "../causal_family.ts";
import { labelNames } from "../configuration.ts";
import type { Head } from "./head.ts";
import { layeredHead } from "./layered.ts";
import { lastNotPadding } from "./reading_places.ts";

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
  /** How steps are read, by heads that are read at the end of each. @default it scores whole texts */
  readonly steps?: StepHabits;
}

/** A linear head. */
export interface FoundLayer {
  readonly name: string;
  readonly bias: boolean;
  /** @default as many as config.json has labels */
  readonly outputs?: number;
}

/** The head of transformers' `...ForSequenceClassification` of decoders: linear, called `score`, no bias. */
export const scoreHead: HeadKind = linearKind({ name: "score", bias: false });

/** A linear head, read where transformers reads one. */
export function linearKind({ name, bias, outputs }: FoundLayer): HeadKind {
  return {
    tensor: `${name}.weight`,
    head(source) {
      const { hidden: inputs } = source.trunk.dimensions;
      const labels = countedLabels(source, outputs);
      return layeredHead({ inputs, labels, layers: [{ name, outputs: labels.length, bias }] });
    },
    pooling: lastNotPadding,
  };
}

/**
 * The names of a head's outputs: the labels of config.json, or numbers where the head has another count of
 * outputs, whatever the file says.
 */
export function countedLabels({ config }: HeadSource, outputs?: number): readonly string[] {
  if (outputs === undefined) return labelNames(config);
  const named = Object.values(config.id2label ?? {});
  return named.length === outputs ? labelNames(config) : labelNames({ num_labels: outputs });
}
