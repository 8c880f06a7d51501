/**
 * The rotary embedding of a model, from the settings in its config.json and what its family knows.
 *
 * @module
 */

import type { Rotary, RotaryScaling } from "../layers/rotary_frequencies.ts";
import { badConfiguration } from "./configuration.ts";
import { expectEqual } from "./field_names.ts";
import {
  type RotaryConfig,
  type RotaryReading,
  type RotarySettings as Settings,
  rotarySettings,
} from "./rotary_settings.ts";

/** What a family knows of its rotary embedding without config.json. */
export interface RotaryFamily extends RotaryReading {
  /** Columns of a head. */
  readonly width: number;
  /** @default false */
  readonly interleaved?: boolean;
}

/**
 * The rotary embedding that a configuration describes.
 *
 * @throws {AbacusError} `bad_model` for a kind of scaling that Abacus does not know or that lacks a
 * setting, for pairs that do not fit into a head, and for a configuration that contradicts itself
 */
export function rotaryOf(config: RotaryConfig, family: RotaryFamily): Rotary {
  const settings = rotarySettings(config, family);
  const rotated = rotatedColumns(settings, family);
  const scaling = scalingOf(settings, rotated);
  expectTable(stretchedContext(settings, scaling), { rotated, scaling });
  return {
    rotated,
    interleaved: family.interleaved ?? false,
    base: settings.rope_theta ?? family.base ?? 10_000,
    context: stretchedContext(settings, scaling),
    scaling,
    attentionFactor: attentionFactor(settings, scaling),
  };
}

/** Numbers in the table of angles, of which graphs hold every 256th position: 16 MiB of them. */
const LARGEST_TABLE = 2 ** 22;

/** Where angles are looked up, the context must be one that a table can be made for. */
function expectTable(context: number, { rotated, scaling }: Pick<Rotary, "rotated" | "scaling">) {
  if (scaling.kind === "dynamic" || (context / 256 + 256) * rotated <= LARGEST_TABLE) return;
  throw badConfiguration(
    `Cannot make a table of angles for so long a context: received ${context} tokens and ${rotated} ` +
      "columns of a head",
  );
}

/** Columns of a head that turn. */
function rotatedColumns(settings: Settings, { width, part }: RotaryFamily): number {
  const { partial_rotary_factor: share, rotary_dim: given } = settings;
  const columns = Math.floor(width * (share ?? part ?? 1));
  if (share !== undefined && given !== undefined) {
    const name = `${width} * partial_rotary_factor`;
    const both = [{ name, value: columns }, { name: "rotary_dim", value: given }] as const;
    expectEqual("the rotary embedding", ...both);
  }
  if (part === undefined) refuseParts(settings);
  const rotated = part === undefined ? width : given ?? columns;
  if (rotated > 0 && 2 * Math.ceil(rotated / 2) <= width) return rotated;
  throw badConfiguration(
    `Cannot rotate a head as its columns do not form pairs: received ${rotated} of ${width} columns`,
  );
}

/** Scaled angles would be too few for heads that turn whole, and transformers stops; plain ones are not. */
function refuseParts({ partial_rotary_factor: share = 1, rope_type = "default" }: Settings): void {
  if (share === 1 || rope_type === "default") return;
  throw badConfiguration(
    `Cannot scale rotary embeddings by "${rope_type}" as "partial_rotary_factor" must be 1 in a family ` +
      `whose heads turn whole: received ${share}`,
  );
}

function scalingOf(settings: Settings, rotated: number): RotaryScaling {
  const { rope_type: kind = "default", max_position_embeddings: context } = settings;
  const originalContext = settings.original_max_position_embeddings ?? context;
  const needed = <K extends keyof Settings>(name: K) => required(settings, name, kind);
  switch (kind) {
    case "default":
      return { kind };
    case "linear":
      return { kind, factor: needed("factor") };
    case "dynamic":
      if (rotated > 2) return { kind, factor: needed("factor"), originalContext: context };
      throw badConfiguration(
        `Cannot scale rotary embeddings by "dynamic" as it needs more than one pair of columns: ` +
          `received ${rotated} columns`,
      );
    case "llama3":
      return {
        kind,
        factor: needed("factor"),
        lowFrequencyFactor: needed("low_freq_factor"),
        highFrequencyFactor: needed("high_freq_factor"),
        originalContext,
      };
    case "yarn":
      return {
        kind,
        factor: settings.original_max_position_embeddings === undefined
          ? needed("factor")
          : factorOf(settings),
        originalContext,
        fastTurns: settings.beta_fast || 32,
        slowTurns: settings.beta_slow || 1,
        truncate: settings.truncate ?? true,
      };
    case "su": // Phi-3's first name for it
    case "longrope": {
      const divisors = (name: "short_factor" | "long_factor") =>
        perPair(needed(name), name, rotated);
      const [short, long] = [divisors("short_factor"), divisors("long_factor")];
      return { kind: "longrope", short, long, originalContext };
    }
    default:
      throw badConfiguration(
        `Cannot scale rotary embeddings as "${
          kind.slice(0, 100)
        }" is not one of default, linear, ` +
          "dynamic, llama3, yarn, longrope",
      );
  }
}

/** By how much the context grows: as the file says, else from the original context to the present one. */
function factorOf({ factor, max_position_embeddings: context, ...settings }: Settings): number {
  return factor ?? context / (settings.original_max_position_embeddings ?? context);
}

/** One divisor per pair of columns that turns. */
function perPair(divisors: readonly number[], name: string, rotated: number): readonly number[] {
  const pairs = Math.ceil(rotated / 2);
  if (divisors.length === pairs) return divisors;
  throw badConfiguration(
    `Cannot scale rotary embeddings by "longrope" as "${name}" must have a number for each of ` +
      `${pairs} pairs of columns: received ${divisors.length}`,
  );
}

/** What cosines and sines are multiplied with, so that attention stays as sharp over more tokens. */
function attentionFactor(settings: Settings, scaling: RotaryScaling): number {
  if (scaling.kind === "yarn") {
    return settings.attention_factor ?? yarnSharpness(settings, scaling.factor);
  }
  if (scaling.kind !== "longrope") return 1;
  return settings.attention_factor ?? longropeSharpness(factorOf(settings), scaling);
}

/** `sqrt(1 + ln(factor) / ln(original context))` (arXiv 2402.13753). */
function longropeSharpness(
  factor: number,
  { originalContext }: { readonly originalContext: number },
): number {
  if (factor <= 1) return 1;
  if (originalContext > 1) return Math.sqrt(1 + Math.log(factor) / Math.log(originalContext));
  throw badConfiguration(
    'Cannot scale rotary embeddings by "longrope" as "original_max_position_embeddings" must be more ' +
      "than 1, as its logarithm divides: received 1",
  );
}

/** `0.1 ln(factor) + 1` (arXiv 2309.00071); with DeepSeek's two weights of the logarithm, a quotient of two such. */
function yarnSharpness({ mscale, mscale_all_dim }: Settings, factor: number): number {
  const weighted = (weight: number) => 0.1 * weight * Math.log(Math.max(factor, 1)) + 1;
  return mscale && mscale_all_dim ? weighted(mscale) / weighted(mscale_all_dim) : weighted(1);
}

/** The longest sequence: `dynamic` and `yarn` carry a model past the length it was trained at. */
function stretchedContext(
  { max_position_embeddings: context }: Settings,
  scaling: RotaryScaling,
): number {
  if (scaling.kind !== "dynamic" && scaling.kind !== "yarn") return context;
  return Math.max(context, Math.floor(scaling.originalContext * scaling.factor));
}

function required<K extends keyof Settings>(
  settings: Settings,
  name: K,
  kind: string,
): NonNullable<Settings[K]> {
  const value = settings[name];
  if (value !== undefined) return value as NonNullable<Settings[K]>;
  throw badConfiguration(`Cannot scale rotary embeddings by "${kind}" as "${name}" is missing`);
}
