/**
 * Settings of rotary embeddings under all the names that config.json has for them. transformers 5 writes
 * all of them into `rope_parameters`; older versions have `rope_scaling` for what stretches angles, and
 * the base and the part of a head that turns beside it, under names that differ by family. A file that
 * says a thing twice must say the same.
 *
 * @module
 */

import { z } from "zod";
import { badConfiguration } from "./configuration.ts";

const positive = z.number().positive();
const length = z.number().int().positive();
const factors = z.array(positive).max(1024);

const parameters = z.object({
  rope_type: z.string().nullish(),
  type: z.string().nullish(), // before transformers 4.45
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.max(1).nullish(),
  factor: z.number().min(1).nullish(),
  original_max_position_embeddings: length.nullish(),
  attention_factor: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  beta_fast: z.number().nonnegative().nullish(),
  beta_slow: z.number().nonnegative().nullish(),
  mscale: z.number().nonnegative().nullish(),
  mscale_all_dim: z.number().nonnegative().nullish(),
  truncate: z.boolean().nullish(),
  short_factor: factors.nullish(),
  long_factor: factors.nullish(),
});

/** Fields of config.json that rotary embeddings read. */
export const rotaryFields = {
  max_position_embeddings: length.default(2048),
  rope_parameters: parameters.nullish(),
  rope_scaling: parameters.nullish(),
  rope_theta: positive.nullish(),
  rotary_emb_base: positive.nullish(), // GPT-NeoX
  original_max_position_embeddings: length.nullish(), // Phi-3
  partial_rotary_factor: positive.max(1).nullish(),
  rotary_pct: positive.max(1).nullish(), // GPT-NeoX
  rotary_dim: length.nullish(), // GPT-J: columns, not a part of them
};

const schema = z.object(rotaryFields);

/** The rotary part of a configuration. */
export type RotaryConfig = z.infer<typeof schema>;

/** Every setting once, by the name that it has in `rope_parameters`. */
export type RotarySettings =
  & {
    readonly [K in keyof z.infer<typeof parameters>]?: NonNullable<z.infer<typeof parameters>[K]>;
  }
  & { readonly max_position_embeddings: number; readonly rotary_dim?: number };

/** The names of settings that have others in some place. */
const otherNames: Readonly<Record<string, string>> = {
  type: "rope_type",
  rotary_emb_base: "rope_theta",
  rotary_pct: "partial_rotary_factor",
};

/** @throws {AbacusError} `bad_model` naming both fields where two contradict each other */
export function rotarySettings(config: RotaryConfig): RotarySettings {
  const { rope_parameters, rope_scaling, ...beside } = schema.parse(config);
  const places = { "rope_parameters.": rope_parameters, "rope_scaling.": rope_scaling, "": beside };
  const found = new Map<string, Named>();
  for (const [place, fields] of Object.entries(places)) {
    for (const [field, value] of Object.entries(fields ?? {})) {
      if (value === undefined || value === null) continue;
      const setting = otherNames[field] ?? field;
      const [first, again] = [found.get(setting), { name: `${place}${field}`, value }];
      if (first === undefined) found.set(setting, again);
      else expectEqual(first, again);
    }
  }
  return Object.fromEntries(
    [...found].map(([setting, { value }]) => [setting, value]),
  ) as RotarySettings;
}

/** A value and where config.json has it. */
interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** @throws {AbacusError} `bad_model` naming both */
export function expectEqual(one: Named, other: Named): void {
  const [a, b] = [JSON.stringify(one.value), JSON.stringify(other.value)];
  if (a === b) return;
  throw badConfiguration(
    `Cannot read the rotary embedding as "${one.name}" and "${other.name}" contradict each other: ` +
      `received ${a} and ${b}`,
  );
}
