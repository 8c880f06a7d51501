/**
 * Finds the ONNX file of a directory, and decides whether the model is read from it.
 *
 * Our own graph comes first wherever it can be written: it shares beginnings of texts, reads the head at every
 * token and measures whatever credit methods ask. docs/prebuilt-onnx.md tells the rule.
 *
 * @module
 */

import { join } from "node:path";
import { hasPage } from "../../architectures/registry.ts";
import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { readConfig } from "../config_file.ts";

/** Where optimum writes it. */
const places = ["model.onnx", "onnx/model.onnx"];

/** What transformers writes weights to. */
const weights = /\.safetensors$|^pytorch_model\.bin(\.index\.json)?$|\.safetensors\.index\.json$/;

/**
 * The ONNX file that a directory is read from; undefined where our own graph is written.
 *
 * @param asked.onnx whether the user asks for it (`--onnx`)
 * @param asked.architecture the class of our own that the user names (`--architecture`)
 * @param asked.head the head that the user asks for (`--head`), which is written by our own graph only
 * @throws {AbacusError} `bad_usage` where it is asked for and not there, or has to be read in spite of `head`
 */
export async function prebuiltPath(
  directory: string,
  { onnx = false, architecture, head }: {
    onnx?: boolean | undefined;
    architecture?: string | undefined;
    head?: string | undefined;
  } = {},
): Promise<string | undefined> {
  const path = await findOnnx(directory);
  if (path === undefined && onnx) {
    throw new AbacusError(
      "bad_usage",
      `Cannot use --onnx as there is neither ${places.join(" nor ")}: received ${directory}`,
    );
  }
  if (path === undefined) return undefined;
  if (onnx || !(await hasWeights(directory))) return withoutHead(path, head);
  if (architecture !== undefined || head !== undefined) return undefined;
  return hasPage(await readConfig(directory)) ? undefined : path;
}

/** A graph has its head within. */
function withoutHead(path: string, head: string | undefined): string {
  if (head === undefined) return path;
  throw new AbacusError(
    "bad_usage",
    `Cannot use --head as the model is read from ${path}, which has its head within: received --head ${
      head.slice(0, 100)
    }`,
  );
}

async function findOnnx(directory: string): Promise<string | undefined> {
  for (const place of places) {
    const path = join(directory, place);
    if (await ifThere(Deno.stat(path)) !== undefined) return path;
  }
  return undefined;
}

async function hasWeights(directory: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(directory)) if (weights.test(name)) return true;
  return false;
}
