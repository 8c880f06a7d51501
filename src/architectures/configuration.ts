/**
 * What every family's config.json holds alike: labels and their order; and how one is refused.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";

/** Fields shared by all sequence classifiers. */
export const classifierFields = {
  id2label: z.record(z.string(), z.string()).optional(),
  num_labels: z.number().int().positive().optional(),
};

/** `id2label`'s names in order; `LABEL_i` where the file names none. transformers' default is two labels. */
export function labelNames(config: {
  id2label?: Record<string, string> | undefined;
  num_labels?: number | undefined;
}): readonly string[] {
  if (config.id2label === undefined) {
    return Array.from({ length: config.num_labels ?? 2 }, (_, i) => `LABEL_${i}`);
  }
  return Object.entries(config.id2label)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => name);
}

/** The error of a config.json that Abacus cannot use. */
export function badConfiguration(message: string): AbacusError {
  return new AbacusError("bad_model", message, { path: "config.json" });
}
