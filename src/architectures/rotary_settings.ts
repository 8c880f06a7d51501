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

/** Gemma 3 and ModernBERT turn heads by other angles in layers with a window than in those without. */
const byLayer = parameters.extend({
  full_attention: parameters.nullish(),
  sliding_attention: parameters.nullish(),
});

/** Fields of config.json that rotary embeddings read. */
export const rotaryFields = {
  max_position_embeddings: length.default(2048),
  rope_parameters: byLayer.nullish(),
  rope_scaling: parameters.nullish(),
  rope_theta: positive.nullish(),
  rotary_emb_base: positive.nullish(), // GPT-NeoX
  rope_local_base_freq: positive.nullish(), // Gemma 3, beside rope_theta
  global_rope_theta: positive.nullish(), // ModernBERT
  local_rope_theta: positive.nullish(),
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

/** Kinds of layers that have settings of their own in some families. */
export type LayerType = "full_attention" | "sliding_attention";

/** @throws {AbacusError} `bad_model` naming both fields where two contradict each other */
export function rotarySettings(config: RotaryConfig, layers?: LayerType): RotarySettings {
  const found = new Map<string, Named>();
  for (const each of namedIn(schema.parse(config), layers)) {
    if (each.value === undefined || each.value === null) continue;
    const first = found.get(each.setting);
    if (first === undefined) found.set(each.setting, each);
    else expectEqual(first, each);
  }
  const values = [...found].map(([setting, { value }]) => [setting, value]);
  return Object.fromEntries(values) as RotarySettings;
}

/** A value that config.json gives to a setting, and where. */
interface Named {
  readonly setting: string;
  readonly name: string;
  readonly value: unknown;
}

/** Names of the base outside of the two objects that hold most settings. */
const bases = {
  all: ["rope_theta", "rotary_emb_base"],
  full_attention: ["rope_theta", "global_rope_theta"],
  sliding_attention: ["rope_local_base_freq", "local_rope_theta"],
} as const;

/** Fields outside of them, and the settings that they are. */
const beside = {
  max_position_embeddings: "max_position_embeddings",
  original_max_position_embeddings: "original_max_position_embeddings",
  partial_rotary_factor: "partial_rotary_factor",
  rotary_pct: "partial_rotary_factor",
  rotary_dim: "rotary_dim",
} as const;

function* namedIn(config: RotaryConfig, layers?: LayerType): Generator<Named> {
  const whole = config.rope_parameters;
  if (layers === undefined) yield* namedBelow("rope_parameters", whole);
  else yield* namedBelow(`rope_parameters.${layers}`, whole?.[layers]);
  yield* namedBelow("rope_scaling", config.rope_scaling);
  for (const name of bases[layers ?? "all"]) {
    yield { setting: "rope_theta", name, value: config[name] };
  }
  for (const name of Object.keys(beside) as (keyof typeof beside)[]) {
    yield { setting: beside[name], name, value: config[name] };
  }
}

function* namedBelow(place: string, fields: object | null | undefined): Generator<Named> {
  for (const [field, value] of Object.entries(fields ?? {})) {
    yield { setting: field === "type" ? "rope_type" : field, name: `${place}.${field}`, value };
  }
}

/** @throws {AbacusError} `bad_model` naming both */
export function expectEqual(one: Omit<Named, "setting">, other: Omit<Named, "setting">): void {
  const [a, b] = [JSON.stringify(one.value), JSON.stringify(other.value)];
  if (a === b) return;
  throw badConfiguration(
    `Cannot read the rotary embedding as "${one.name}" and "${other.name}" contradict each other: ` +
      `received ${a} and ${b}`,
  );
}
