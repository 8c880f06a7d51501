/**
 * Reads a model's config.json, of which the pages of the architectures make sense.
 *
 * @module
 */

import { join } from "node:path";
import { AbacusError } from "../errors.ts";
import { isJsonObject, readJsonFile } from "../weights/json_file.ts";

/** The largest published ones, with thousands of labels, have a tenth of it. */
const LONGEST_CONFIG_BYTES = 16_000_000;

/**
 * The object in config.json; its fields are not yet checked.
 *
 * @throws {AbacusError} `bad_model` where the file is missing, too large or no JSON object
 */
export async function readConfig(directory: string): Promise<Record<string, unknown>> {
  const path = join(directory, "config.json");
  const config = await readJsonFile(path, {
    mostBytes: LONGEST_CONFIG_BYTES,
    duplicateKeys: "ignored",
  });
  if (isJsonObject(config)) return config;
  const received = Array.isArray(config) ? "a list" : String(config).slice(0, 100);
  throw new AbacusError(
    "bad_model",
    `Cannot read ${path} as it is not a JSON object: received ${received}`,
  );
}
