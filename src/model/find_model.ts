/**
 * From what a user calls a model to the directory that holds it.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { AbacusError } from "../errors.ts";
import { isHubId } from "./hub/hub_id.ts";

/** Where to look. */
export interface FindOptions {
  /** The directory that `pull` fills. @default "models" */
  readonly models?: string | undefined;
}

/**
 * The absolute directory of a model: the argument itself where it is a directory, else the model of
 * that hub id which was pulled.
 *
 * @throws {AbacusError} `bad_model` saying which command pulls the model, where it is a hub id
 */
export async function findModel(
  argument: string,
  { models = "models" }: FindOptions = {},
): Promise<string> {
  const kind = await kindOf(argument);
  if (kind === "directory") return resolve(argument);
  if (kind === "other") {
    throw bad("this is a file, and a model is the directory around it", argument);
  }
  if (!isHubId(argument)) throw bad("there is no such directory", argument);
  const pulled = resolve(join(models, argument));
  if (await kindOf(pulled) !== "directory") {
    throw bad(`there is no such directory, here or in ${models}${pullHint(argument)}`, argument);
  }
  if (await kindOf(join(pulled, "config.json")) === "none") {
    throw bad(
      `${pulled} has no config.json, as after a pull that was interrupted${pullHint(argument)}`,
      argument,
    );
  }
  return pulled;
}

/** Only `owner/name` is surely meant for the hub; a single word is more likely a mistyped folder. */
function pullHint(argument: string): string {
  return argument.includes("/") ? `; 'deno task pull ${argument}' fetches it from the hub` : "";
}

/** The name that requests use for the model of a directory. */
export function modelName(directory: string): string {
  return basename(resolve(directory)) || "model";
}

async function kindOf(path: string): Promise<"directory" | "other" | "none"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "directory" : "other";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return "none";
    }
    throw bad(`its directory may not be read`, path, error);
  }
}

function bad(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_model", `Cannot load a model as ${reason}: received ${received}`, {
    cause,
  });
}
