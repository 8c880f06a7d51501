/**
 * Settings of rotary embeddings under all the names that config.json has for them. transformers 5 writes
 * all of them into `rope_parameters`; older versions have `rope_scaling` for what stretches angles, and
 * the base and the part of a head that turns beside it, under names that differ by family. What counts is
 * what transformers 5.23 reads (`convert_rope_params_to_dict`, `standardize_rope_params`): `rope_scaling`
 * takes the place of the whole of `rope_parameters`, and what stands inside precedes what stands beside. A
 * file that says a thing twice must say the same, also under a name that is not read.
 *
 * @module
 */

import { z } from "zod";
import { badConfiguration } from "./configuration.ts";
import {
  expectEqual,
  type Named as NamedValue,
  neoxRotaryNames,
  type RotaryNames,
  usualRotaryNames,
} from "./field_names.ts";

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
  truncate: z.boolean().nullable().transform((value) => value === true).optional(), // null is off
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

/** What a family knows of its settings without config.json. */
export interface RotaryReading {
  /** The kind of layer, for families whose kinds of layers have angles of their own. */
  readonly layers?: LayerType;
  /** @default {@linkcode usualRotaryNames} */
  readonly names?: RotaryNames;
  /** The base where config.json does not say. @default 10_000 */
  readonly base?: number;
  /** The part of a head that turns where config.json does not say. @default all turn, whatever it says */
  readonly part?: number;
}

/** @throws {AbacusError} `bad_model` naming both fields where two contradict each other */
export function rotarySettings(given: RotaryConfig, reading: RotaryReading = {}): RotarySettings {
  const config = schema.parse(given);
  refuseKindsOfLayers(config, reading);
  const found = new Map<string, Named>();
  for (const each of readIn(config, reading)) take(found, each, reading);
  refuseNullContext(config, found);
  for (const each of unreadIn(config, reading)) compareUnread(found, each, reading);
  const values = [...found].map(([setting, { value }]) => [setting, value]);
  return Object.fromEntries(values) as RotarySettings;
}

/** A value that config.json gives to a setting, and where. */
interface Named extends NamedValue {
  readonly setting: string;
}

/** Names of the base outside of the two objects that hold most settings, by kind of layer. */
const bases = {
  full_attention: ["rope_theta", "global_rope_theta"],
  sliding_attention: ["rope_local_base_freq", "local_rope_theta"],
} as const;

/** Fields outside of them, and the settings that they are. */
const beside = {
  max_position_embeddings: "max_position_embeddings",
  original_max_position_embeddings: "original_max_position_embeddings",
  rotary_dim: "rotary_dim",
} as const;

type Field = keyof RotaryConfig;

/** What transformers reads, in the order in which it counts. */
function* readIn(config: RotaryConfig, reading: RotaryReading): Generator<Named> {
  const { layers, names = usualRotaryNames } = reading;
  const whole = config.rope_parameters;
  if (layers !== undefined) yield* namedBelow(`rope_parameters.${layers}`, whole?.[layers]);
  else if (!replaced(config)) yield* namedBelow("rope_parameters", whole);
  yield* namedBelow("rope_scaling", config.rope_scaling);
  for (const name of layers === undefined ? [names.base as Field] : bases[layers]) {
    yield { setting: "rope_theta", name, value: config[name] };
  }
  const part = config[names.part as Field];
  yield { setting: "partial_rotary_factor", name: names.part, value: part };
  for (const name of Object.keys(beside) as (keyof typeof beside)[]) {
    yield { setting: beside[name], name, value: config[name] };
  }
}

/** What stands in files as well. */
function* unreadIn(config: RotaryConfig, reading: RotaryReading): Generator<Named> {
  const { layers, names = usualRotaryNames } = reading;
  if (layers === undefined && replaced(config)) {
    yield* namedBelow("rope_parameters", config.rope_parameters);
  }
  for (const { base, part } of [usualRotaryNames, neoxRotaryNames]) {
    if (base === names.base) continue;
    yield { setting: "rope_theta", name: base, value: config[base as Field] };
    yield { setting: "partial_rotary_factor", name: part, value: config[part as Field] };
  }
}

/** Whether `rope_scaling` takes the place of `rope_parameters`: it does unless it is empty. */
function replaced({ rope_scaling: scaling }: RotaryConfig): boolean {
  return Object.keys(scaling ?? {}).length > 0;
}

function* namedBelow(place: string, fields: object | null | undefined): Generator<Named> {
  for (const [field, value] of Object.entries(fields ?? {})) {
    yield { setting: field === "type" ? "rope_type" : field, name: `${place}.${field}`, value };
  }
}

/** The first value of a setting counts; later ones must say the same. */
function take(found: Map<string, Named>, each: Named, reading: RotaryReading): void {
  const { setting, name, value } = each;
  const first = found.get(setting);
  if (value === undefined) return;
  if (value !== null) {
    if (first === undefined) found.set(setting, each);
    else expectEqual("the rotary embedding", first, each);
  } else if (first === undefined && isNeeded(each, reading)) {
    throw badConfiguration(
      `Cannot read the rotary embedding as "${name}" has no value, with which transformers cannot ` +
        `compute (without the field it has a default): received null`,
    );
  }
}

/** Whether transformers computes with the value as it is; other settings may be null. */
function isNeeded({ setting, name }: Named, { part }: RotaryReading): boolean {
  if (setting === "rope_theta" || setting === "rope_type") return true;
  const usual = name === usualRotaryNames.part;
  return setting === "partial_rotary_factor" && part !== undefined && !usual;
}

/** A null beside `rope_parameters` counts as the length, which these kinds compute with. */
function refuseNullContext(config: RotaryConfig, found: ReadonlyMap<string, Named>): void {
  const kind = found.get("rope_type")?.value;
  const reads = ["llama3", "yarn", "longrope"].some((each) => each === kind);
  if (!reads || config.original_max_position_embeddings !== null) return;
  throw badConfiguration(
    `Cannot scale rotary embeddings by "${kind}" as "original_max_position_embeddings" has no value: ` +
      "received null",
  );
}

/** Gemma 3 and its like name their kinds of layers; elsewhere such angles would be left unread. */
function refuseKindsOfLayers(config: RotaryConfig, { layers }: RotaryReading): void {
  const whole = config.rope_parameters;
  if (layers !== undefined || !(whole?.full_attention || whole?.sliding_attention)) return;
  const kind = whole.full_attention ? "full_attention" : "sliding_attention";
  throw badConfiguration(
    `Cannot read the rotary embedding as "rope_parameters.${kind}" is for families whose kinds of ` +
      "layers have angles of their own: received it in a family whose layers turn alike",
  );
}

/** A field that is not read must say what counts. */
function compareUnread(
  found: ReadonlyMap<string, Named>,
  each: Named,
  { names = usualRotaryNames, base = 10_000, part }: RotaryReading,
): void {
  const { setting, name, value } = each;
  if (value === undefined || value === null) return;
  if (setting === "partial_rotary_factor" && part === undefined) return; // whole heads turn
  const defaults: Readonly<Record<string, NamedValue>> = {
    rope_theta: { name: names.base, value: base, absent: true },
    partial_rotary_factor: { name: names.part, value: part, absent: true },
    rope_type: { name: "rope_scaling.rope_type", value: "default", absent: true },
  };
  const used = found.get(setting) ?? defaults[setting];
  if (used !== undefined) return expectEqual("the rotary embedding", used, each);
  throw badConfiguration(
    `Cannot read the rotary embedding as "${name}" is left unread where "rope_scaling" stands beside ` +
      `"rope_parameters": received ${JSON.stringify(value)}`,
  );
}
