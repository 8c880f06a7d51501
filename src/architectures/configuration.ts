/**
 * What every family's config.json holds alike: labels and their order; and how one is refused.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";

/** Fields shared by all sequence classifiers. A family whose padding has another default sets it. */
export const classifierFields = {
  id2label: z.record(z.string(), z.string()).optional(),
  num_labels: z.number().int().positive().optional(),
  pad_token_id: z.number().int().nullish(),
};

const classifier = z.object(classifierFields);

/** What config.json says of any sequence classifier. */
export type ClassifierConfig = z.infer<typeof classifier>;

/** `id2label`'s names in order; `LABEL_i` where the file names none. transformers' default is two labels. */
export function labelNames(
  config: Pick<ClassifierConfig, "id2label" | "num_labels">,
): readonly string[] {
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
