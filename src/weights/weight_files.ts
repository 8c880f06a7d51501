/**
 * Finds the file of a Hugging Face directory that lists its weights, by transformers' standard names.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { badModel, listed, shown } from "./bad_model.ts";

/** By the names of transformers, which takes the first that there is. */
const standard: readonly { readonly name: string; readonly kind: WeightFiles["kind"] }[] = [
  { name: "model.safetensors", kind: "single" },
  { name: "model.safetensors.index.json", kind: "index" },
  { name: "pytorch_model.bin", kind: "single" },
  { name: "pytorch_model.bin.index.json", kind: "index" },
];

/** Other formats of weights, for the error where there is none that can be read. */
const foreign: readonly { pattern: RegExp; what: string }[] = [
  {
    pattern: /\.(bin|pt|pth|ckpt|pkl)$/,
    what: "pickled weights under another name than pytorch_model.bin",
  },
  { pattern: /\.h5$/, what: "TensorFlow weights" },
  { pattern: /\.msgpack$/, what: "Flax weights" },
  { pattern: /\.gguf$/, what: "GGUF weights" },
  {
    pattern: /\.onnx$/,
    what: "an ONNX export of another name than model.onnx and onnx/model.onnx",
  },
];

/** One file of safetensors or of torch.save, or the index of several. */
export interface WeightFiles {
  readonly kind: "single" | "index";
  /** Symbolic links not yet resolved. */
  readonly path: string;
}

/**
 * The file of a directory that lists its weights.
 *
 * @throws {AbacusError} `bad_model` where the directory cannot be read or holds no such file
 */
export async function findWeights(directory: string): Promise<WeightFiles> {
  const root = resolve(directory);
  const { kind, name } = chooseWeights(await namesIn(root), root);
  return { kind, path: join(root, name) };
}

/** The names that peft gives to an adapter's weights; it takes the first that there is. */
export const adapterWeights: readonly string[] = ["adapter_model.safetensors", "adapter_model.bin"];

/** The adapter's weights among the files of a repository that holds an adapter and no whole model. */
export function adapterAmong(names: readonly string[]): string | undefined {
  const isWhole = standard.some(({ name }) => names.includes(name));
  if (isWhole || !names.includes("adapter_config.json")) return undefined;
  return adapterWeights.find((each) => names.includes(each));
}

/**
 * The file of a directory that holds its adapter's weights.
 *
 * @throws {AbacusError} `bad_model` where the directory cannot be read or holds no such file
 */
export async function findAdapterWeights(directory: string): Promise<WeightFiles> {
  const root = resolve(directory);
  const names = await namesIn(root);
  const name = adapterWeights.find((each) => names.includes(each));
  if (name !== undefined) return { kind: "single", path: join(root, name) };
  throw badModel(
    `Cannot load ${root} as an adapter as it holds adapter_config.json and neither ` +
      `${adapterWeights.join(" nor ")}; remove adapter_config.json where the adapter is merged ` +
      `already: received ${listed(names.map(shown))}`,
  );
}

/**
 * Chooses the file that lists the weights: `model.safetensors`, else the index of its shards, else the
 * same of `pytorch_model.bin`, else the only safetensors file.
 *
 * @param where the directory or repository of the names, for errors
 * @throws {AbacusError} `bad_model` where there is none, naming the files that there are
 */
export function chooseWeights(
  names: readonly string[],
  where: string,
): { kind: WeightFiles["kind"]; name: string } {
  const first = standard.find(({ name }) => names.includes(name));
  if (first !== undefined) return first;
  const [only, ...others] = names.filter((name) => name.endsWith(".safetensors"));
  if (only === undefined) throw withoutSafetensors(where, names);
  if (others.length > 0) throw ambiguous(where, [only, ...others]);
  if (only === "adapter_model.safetensors") {
    throw badModel(
      `Cannot load ${where} as it holds an adapter, which has to be merged into its base model ` +
        `first: received ${shown(only)}`,
    );
  }
  return { kind: "single", name: only };
}

async function namesIn(root: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(root)) names.push(name);
    return names.sort();
  } catch (cause) {
    throw badModel(`Cannot load a model as ${whyUnreadable(cause)}: received ${root}`, cause);
  }
}

function whyUnreadable(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such directory";
  if (cause instanceof Deno.errors.NotADirectory) {
    return "this is a file, and a model is the directory around it";
  }
  if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
    return "its directory may not be read";
  }
  return "its directory cannot be read";
}

function ambiguous(where: string, names: readonly string[]): Error {
  return badModel(
    `Cannot load ${where} as it holds several safetensors files without ` +
      `model.safetensors.index.json, which lists their tensors: received ${
        listed(names.map(shown))
      }`,
  );
}

function withoutSafetensors(where: string, names: readonly string[]): Error {
  for (const { pattern, what } of foreign) {
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 0) continue;
    return badModel(
      `Cannot load ${where} as it holds ${what}; convert them to safetensors, as transformers' ` +
        `save_pretrained does: received ${listed(found.map(shown))}`,
    );
  }
  return badModel(
    `Cannot load ${where} as it holds neither a safetensors file nor pytorch_model.bin: ` +
      `received ${listed(names.map(shown)) || "no files at all"}`,
  );
}
