/**
 * The chat templates of a Hugging Face directory, as transformers 5.23 finds them.
 *
 * `chat_template.jinja` is the default, and every `additional_chat_templates/NAME.jinja` is called NAME. Where
 * either is there, what tokenizer_config.json has is not used.
 *
 * @module
 */

import { join } from "node:path";
import { AbacusError } from "../errors.ts";
import type { Templates } from "./choose_template.ts";
import { readText } from "./read_text.ts";

const FILE = "chat_template.jinja";
const FOLDER = "additional_chat_templates";

/** The largest template, in bytes, and the most of one directory. */
const LARGEST = 2 ** 20;
const MOST = 256;

/**
 * @param configured the templates of tokenizer_config.json
 * @throws {AbacusError} `bad_model` where a file is no text or too large
 */
export async function readTemplates(directory: string, configured: Templates): Promise<Templates> {
  const templates = new Map<string, string>();
  const single = await readText(join(directory, FILE), LARGEST);
  if (single !== undefined) templates.set("default", single);
  for (const name of await additionalNames(join(directory, FOLDER))) {
    const text = await readText(join(directory, FOLDER, `${name}.jinja`), LARGEST);
    if (text !== undefined) templates.set(name, text);
  }
  return templates.size > 0 ? templates : configured;
}

/**
 * The choice of an operator with the text of its file in place of a path.
 *
 * @param choice a name of one of the templates, `none`, the text of a template, or a path
 * @throws {AbacusError} `bad_usage` where it is none of them
 */
export async function readChoice(
  choice: string | undefined,
  templates: Templates,
): Promise<string | undefined> {
  const isPath = choice !== undefined && choice !== "none" && !templates.has(choice) &&
    !choice.includes("{");
  if (!isPath) return choice;
  const text = await readText(choice, LARGEST);
  if (text !== undefined) return text;
  const names = [...templates.keys()].toSorted().join(", ") || "none at all";
  throw new AbacusError(
    "bad_usage",
    `Cannot use --chat-template as it must be none, a file with a template, or one of the ` +
      `templates of the model, which are ${names}: received '${choice}'`,
  );
}

async function additionalNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".jinja")) names.push(name.slice(0, -".jinja".length));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
  if (names.length <= MOST) return names.toSorted();
  throw new AbacusError(
    "bad_model",
    `Cannot read ${folder} as it may hold at most ${MOST} templates: received ${names.length}`,
  );
}
