/**
 * Finds a model: the directory that a path or an id of the hub stands for.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { AbacusError } from "../errors.ts";

/** One part of an id, which is `owner/name`, or `name` alone for some of the oldest models. */
const idPart = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?$/;

/** Where models are looked for. */
export interface FindOptions {
  /** The directory that `pull` fills. @default "models" */
  readonly models?: string | undefined;
}

/**
 * The absolute directory of a model: the argument itself where it is a directory, else the pulled
 * model of that id.
 *
 * @throws {AbacusError} `bad_model`, with the command that pulls the model where it is an id of the hub
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
  if (!await isComplete(pulled)) {
    throw bad(
      `${pulled} has no config.json, as after a pull that was interrupted${pullHint(argument)}`,
      argument,
    );
  }
  return pulled;
}

/** config.json comes last into a pulled directory; an adapter has one of its own instead. */
async function isComplete(pulled: string): Promise<boolean> {
  const kinds = ["config.json", "adapter_config.json"].map((name) => kindOf(join(pulled, name)));
  return (await Promise.all(kinds)).some((kind) => kind !== "none");
}

/**
 * Whether a text can be a model's id. An id is also a path below the directory of pulled models, so
 * it must not lead out of it.
 */
export function isHubId(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 && parts.every((each) => idPart.test(each) && !each.includes(".."));
}

/** Only `owner/name` is certainly an id of the hub; a single word is more likely a mistyped directory. */
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
