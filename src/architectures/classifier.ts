/**
 * Classifier: a causal trunk joined with a head, which is what most reward models are.
 *
 * @module
 */

import type { Architecture } from "./architecture.ts";
import type { HeadKind, HeadSource } from "./heads/head_kind.ts";

/** A causal trunk with a head of that kind, read where the kind is read. */
export function causalClassifier(
  name: string,
  source: HeadSource,
  kind: HeadKind,
): Architecture {
  const { trunk } = source;
  const head = kind.head(source);
  const { family, sharesUpTo, dimensions } = trunk;
  return {
    name,
    family,
    attention: "causal",
    pooling: kind.pooling(source),
    ...(kind.steps === undefined ? { task: "sequence" } : { task: "token", steps: kind.steps }),
    input: "joined",
    sharesUpTo,
    dimensions: { ...dimensions, labels: head.labels.length },
    trunk,
    head,
  };
}
