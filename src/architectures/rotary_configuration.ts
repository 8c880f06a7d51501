/**
 * Rotary embedding as config.json describes it: `rope_theta` with `rope_scaling`, or, since
 * transformers 5, both in `rope_parameters`.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";
import type { RotaryScaling } from "../layers/rotary.ts";

const scaling = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(), // before transformers 4.45
  rope_theta: z.number().positive().optional(),
  factor: z.number().min(1).optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: z.number().int().positive().optional(),
});

/** Fields of config.json that rotary embeddings read. */
export const rotaryFields = {
  max_position_embeddings: z.number().int().positive().default(2048),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: scaling.nullish(),
  rope_parameters: scaling.nullish(),
};

const schema = z.object(rotaryFields);

/** The rotary part of a configuration. */
export type RotaryConfig = z.infer<typeof schema>;

/** @throws {AbacusError} `bad_model` for a kind of scaling that Abacus does not know. */
export function rotaryScaling(config: RotaryConfig): RotaryScaling {
  const given = config.rope_parameters ?? config.rope_scaling;
  const kind = given?.rope_type ?? given?.type ?? "default";
  const context = config.max_position_embeddings;
  const factor = () => required(given?.factor, "factor", kind);
  switch (kind) {
    case "default":
      return { kind };
    case "linear":
      return { kind, factor: factor() };
    case "dynamic":
      return { kind, factor: factor(), originalContext: context };
    case "llama3":
      return {
        kind,
        factor: factor(),
        lowFrequencyFactor: required(given?.low_freq_factor, "low_freq_factor", kind),
        highFrequencyFactor: required(given?.high_freq_factor, "high_freq_factor", kind),
        originalContext: given?.original_max_position_embeddings ?? context,
      };
    default:
      throw new AbacusError(
        "bad_model",
        `Cannot scale rotary embeddings as "${kind}" is not one of default, linear, dynamic, llama3`,
        { path: "config.json" },
      );
  }
}

/** The longest sequence: `dynamic` scaling carries a model past the length it was trained at. */
export function stretchedContext(config: RotaryConfig): number {
  const chosen = rotaryScaling(config);
  const context = config.max_position_embeddings;
  return chosen.kind === "dynamic" ? Math.floor(context * chosen.factor) : context;
}

/** Past its original context, `dynamic` scaling turns each length of sequence by other angles. */
export function sharingLimit(config: RotaryConfig): number {
  return rotaryScaling(config).kind === "dynamic" ? config.max_position_embeddings : Infinity;
}

function required(value: number | undefined, field: string, kind: string): number {
  if (value !== undefined) return value;
  throw new AbacusError(
    "bad_model",
    `Cannot scale rotary embeddings by "${kind}" as "${field}" is missing`,
    { path: "config.json" },
  );
}
