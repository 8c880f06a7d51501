/**
 * Trained adapter: which linear layers of a policy have low-rank factors beside their weights, which stay as they
 * are, and what the factors begin as (LoRA, arXiv 2106.09685, section 4.1).
 *
 * Names and defaults are those of peft 0.21, which reads what is trained here.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import { AbacusError } from "../../errors.ts";
import { fillUniform, type RandomSource } from "../math/random.ts";
import { linearLayers } from "./linear_layers.ts";
import { type ParameterLayout, weightOf } from "./parameter_vector.ts";

/** What a run asks for. */
export interface AdapterSettings {
  /** Columns of the factors. */
  readonly rank: number;
  /** What is added counts `alpha / rank` times. */
  readonly alpha: number;
  /** Ends of the names of layers, or {@linkcode ALL_LINEAR} alone. @default those that peft adapts by itself */
  readonly modules?: readonly string[] | undefined;
}

/** An adapter of a certain policy. */
export interface TrainedAdapter {
  readonly rank: number;
  readonly alpha: number;
  /** Ends of names, as peft's `target_modules`. */
  readonly targets: readonly string[];
  /** The adapted layers by their names in transformers. */
  readonly layers: ReadonlySet<string>;
  /** Whether their weights are stored `[inputs, outputs]`: peft's `fan_in_fan_out`. */
  readonly turned: boolean;
}

/** Stands for every linear layer but the head. */
export const ALL_LINEAR = "all-linear";

/** The names of the factors, `A` of `[rank, inputs]` and `B` of `[outputs, rank]`, within the layer's. */
export const FACTORS = { down: "lora_A.weight", up: "lora_B.weight" } as const;

/**
 * What peft adapts in a family by itself (`TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING`); of Phi-3 it knows
 * nothing, whose queries and values share a layer with keys.
 */
const usualModules: Readonly<Record<string, readonly string[]>> = {
  gpt2: ["c_attn"],
  gpt_neox: ["query_key_value"],
  phi3: ["qkv_proj"],
};

const QUERIES_AND_VALUES = ["q_proj", "v_proj"];

/**
 * The adapter that settings ask for.
 *
 * @throws {AbacusError} `bad_usage` for a name that no linear layer of the policy has
 */
export function trainedAdapter(model: LanguageModel, settings: AdapterSettings): TrainedAdapter {
  const { rank, alpha } = settings;
  const { modules = usualModules[model.trunk.family] ?? QUERIES_AND_VALUES } = settings;
  const found = linearLayers(model);
  const ends = [...new Set([...found.keys()].map(endOf))].toSorted();
  const targets = modules.length === 1 && modules[0] === ALL_LINEAR ? ends : modules.toSorted();
  const strange = targets.find((target) => ![...found.keys()].some(isNamed(target)));
  if (strange !== undefined) {
    throw new AbacusError(
      "bad_usage",
      `Cannot train an adapter as --lora-modules has to name linear layers of the policy, such as ` +
        `${ends.join(", ")}: received ${JSON.stringify(strange).slice(0, 100)}`,
    );
  }
  const adapted = [...found].filter(([name]) => targets.some((target) => isNamed(target)(name)));
  return {
    rank,
    alpha,
    targets,
    layers: new Set(adapted.map(([name]) => name)),
    turned: adapted.some(([, { layout }]) => layout === "in-out"),
  };
}

function isNamed(target: string): (name: string) => boolean {
  return (name) => name === target || name.endsWith(`.${target}`);
}

function endOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/**
 * What an adapter's vector begins with, as in peft: `A` uniform within `1 / sqrt(inputs)`, all else 0, so that
 * the adapted policy is the base model and every value is 0.
 */
export function drawFactors(
  { places, size }: ParameterLayout,
  random: RandomSource,
): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(size);
  for (const [name, place] of places) {
    if (!name.endsWith(`.${FACTORS.down}`)) continue;
    const bound = 1 / Math.sqrt(place.shape[1]!);
    const numbers = fillUniform(random, weightOf(vector, place));
    numbers.forEach((number, i) => numbers[i] = (2 * number - 1) * bound);
  }
  return vector;
}
