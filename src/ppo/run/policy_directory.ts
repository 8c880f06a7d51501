/**
 * Policy directory: a trained policy as transformers loads it, or the adapter that was trained on it as peft does.
 *
 * @module
 */

import { join } from "node:path";
import { ifThere } from "../../files.ts";
import { writeSafetensors } from "../../weights/write.ts";
import { belongsToCritic, type ParameterLayout } from "../graphs/parameter_vector.ts";
import type { TrainedAdapter } from "../graphs/trained_adapter.ts";
import { readerOf, readWhole, type VectorReader } from "../graphs/vector_reader.ts";
import type { Policy } from "../rollout/policy.ts";
import { writeAdapter, type WrittenAdapter } from "./adapter_directory.ts";
import { joinedAdapter, type TrainedFactor } from "./joined_adapter.ts";

/** What a trained policy is made of, beside its numbers. */
export interface PolicySource {
  /** The policy that the run started from. */
  readonly policy: Policy;
  /** Of the parameters that are trained. */
  readonly layout: ParameterLayout;
  /** What they are; @default the policy's own weights */
  readonly adapter?: TrainedAdapter | undefined;
}

/** The same with its numbers. */
export interface TrainedPolicy extends PolicySource {
  readonly parameters: Float32Array<ArrayBuffer> | VectorReader;
}

/** Files of the policy, its tokenizer above all, that are copied unchanged, if present. */
const COMPANIONS = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
];

/** Writes the policy's files into an empty directory; the critic is none of it. */
export async function writePolicy(directory: string, trained: TrainedPolicy): Promise<void> {
  const { policy, layout, adapter, parameters } = trained;
  const read = typeof parameters === "function" ? parameters : readerOf(parameters);
  const weights = [...layout.places].filter(([name]) => !belongsToCritic(name))
    .map(([name, place]) => ({ name, shape: place.shape, data: () => read(place), place }));
  if (adapter !== undefined) {
    const factors = await Promise.all(weights.map(async ({ name, shape, place }) => {
      return { name, shape, data: await readWhole(read, place) };
    }));
    await writeAdapter(directory, await adapterOf(policy, { adapter, weights: factors }));
  } else {
    await writeSafetensors(join(directory, "model.safetensors"), weights, { format: "pt" });
    await writeConfig(directory, policy);
  }
  for (const source of new Set([policy.directory, policy.tokenizer])) {
    for (const name of COMPANIONS) {
      await ifThere(Deno.copyFile(join(source, name), join(directory, name)));
    }
  }
}

/** What was trained, beside the adapter that the policy came with, if it did. */
async function adapterOf(
  policy: Policy,
  trained: { readonly adapter: TrainedAdapter; readonly weights: readonly TrainedFactor[] },
): Promise<WrittenAdapter> {
  const { adapter: own, source: base } = policy;
  return own === undefined
    ? { base, ...trained }
    : await joinedAdapter({ ...policy, adapter: own }, trained);
}

/** The policy's own, but that its weights are float32 now. */
async function writeConfig(directory: string, policy: Policy): Promise<void> {
  const config = withDigits(await Deno.readTextFile(join(policy.directory, "config.json")));
  const float32 = { ...config, dtype: "float32", torch_dtype: "float32" };
  await Deno.writeTextFile(join(directory, "config.json"), `${JSON.stringify(float32, null, 2)}\n`);
}

/**
 * Parses an object whose numbers are written again with the digits that they have, as 2.0: for transformers
 * 2 is an integer, and no value for a field of floats. TypeScript has no types for this part of JSON yet.
 */
function withDigits(text: string): object {
  const { parse, rawJSON } = JSON as unknown as {
    parse(text: string, revive: (key: string, value: unknown, context: Source) => unknown): object;
    rawJSON(digits: string): object;
  };
  return parse(
    text,
    (_, value, { source }) => typeof value === "number" ? rawJSON(source!) : value,
  );
}

interface Source {
  /** What a primitive value was written as. */
  readonly source?: string;
}
