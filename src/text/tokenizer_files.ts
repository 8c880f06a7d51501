/**
 * Reads the tokenizer files of a Hugging Face directory. What they mean together is in
 * `tokenizer_definition.ts`.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError, messageOf } from "../errors.ts";
import { readText } from "./read_text.ts";
import { readVocabulary, SAVE, type VocabularyFile } from "./vocabulary_files.ts";

/** The largest files that are read, in bytes; the largest published ones are a quarter of it. */
const limits = { tokenizer: 2 ** 27, config: 2 ** 26 };

/** The version of transformers whose reading of the files is followed. */
export const FOLLOWED_VERSION = "5.23.0";

/** An object of a file, whose fields are not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

const fields = z.record(z.string(), z.unknown());

const chatTemplate = z.union([
  z.string(),
  z.array(z.object({ name: z.string(), template: z.string() })),
  z.record(z.string(), z.string()),
]).nullish();

const tokenizerConfig = z.looseObject({
  chat_template: chatTemplate,
  fast_tokenizer_files: z.array(z.string()).optional(),
});

/** What config.json says about the tokenizer. */
const modelConfig = z.looseObject({
  model_type: z.string().nullish(),
  tokenizer_class: z.string().nullish(),
  transformers_version: z.string().nullish(),
});

/** See {@linkcode TokenizerFiles.model}. */
export type TokenizerModelFields = z.infer<typeof modelConfig>;

/** The files of one model directory that its tokenizer is made of. */
export interface TokenizerFiles {
  readonly directory: string;
  /** tokenizer.json as text. */
  readonly tokenizer: string;
  /** The file that `tokenizer` was made of, where there is no tokenizer.json. */
  readonly vocabulary?: VocabularyFile;
  /** tokenizer_config.json, where there is one. */
  readonly config: Fields | undefined;
  /** special_tokens_map.json, where there is one. */
  readonly specialTokensMap: Fields | undefined;
  /** The ids of added_tokens.json. */
  readonly addedTokens: Readonly<Record<string, number>>;
  /** The fields of config.json that choose how the tokenizer is made, where there is one. */
  readonly model: TokenizerModelFields | undefined;
  /** The chat templates of tokenizer_config.json by name; a single one is called `default`. */
  readonly templates: ReadonlyMap<string, string>;
}

/**
 * Reads tokenizer.json, or else the files of a vocabulary, and where they exist tokenizer_config.json,
 * special_tokens_map.json, added_tokens.json and config.json. Templates in files of their own are read by
 * `template_files.ts`.
 *
 * @throws {AbacusError} `bad_model` where a file is missing, too large or malformed
 */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const read = <Schema extends z.ZodType>(name: string, schema: Schema) =>
    readJson(join(directory, name), schema);
  const config = await read("tokenizer_config.json", tokenizerConfig);
  const name = versionedName(config?.fast_tokenizer_files ?? []);
  const tokenizer = await readText(join(directory, name), limits.tokenizer);
  const vocabulary = tokenizer === undefined && name === "tokenizer.json"
    ? await readVocabulary((file) => readText(join(directory, file), limits.tokenizer))
    : undefined;
  const source = tokenizer ?? vocabulary?.tokenizer;
  if (source === undefined) throw await missingTokenizer(directory, name);
  return {
    directory,
    tokenizer: source,
    ...(vocabulary === undefined ? {} : { vocabulary: vocabulary.file }),
    config,
    specialTokensMap: await read("special_tokens_map.json", fields),
    addedTokens: await read("added_tokens.json", z.record(z.string(), z.int())) ?? {},
    model: await read("config.json", modelConfig),
    templates: configuredTemplates(config?.chat_template),
  };
}

/** The files of a directory with nothing but a tokenizer.json, whose text is given. */
export function onlyTokenizerJson(tokenizer: string): TokenizerFiles {
  const missing = { config: undefined, specialTokensMap: undefined, model: undefined };
  return { directory: ".", tokenizer, ...missing, addedTokens: {}, templates: new Map() };
}

/** Of the files for versions of transformers (tokenizer.4.0.0.json) the newest that is not too new. */
function versionedName(names: readonly string[]): string {
  const versions = names.flatMap((name) => {
    const [, version] = /^tokenizer\.(\d+(?:\.\d+)*)\.json$/.exec(name) ?? [];
    return version === undefined ? [] : [{ name, version }];
  });
  versions.sort((one, other) => compareVersions(one.version, other.version));
  const old = versions.filter(({ version }) => compareVersions(version, FOLLOWED_VERSION) <= 0);
  return old.at(-1)?.name ?? "tokenizer.json";
}

/** Negative where `one` is the older version. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => version.split(".").map((n) => parseInt(n)));
  for (let at = 0; at < 3; at++) {
    const difference = (left?.[at] || 0) - (right?.[at] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function configuredTemplates(own: z.infer<typeof chatTemplate>): Map<string, string> {
  if (typeof own === "string") return new Map([["default", own]]);
  if (!Array.isArray(own)) return new Map(Object.entries(own ?? {}));
  return new Map(own.map(({ name, template }): [string, string] => [name, template]));
}

async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const text = await readText(path, limits.config);
  if (text === undefined) return undefined;
  const result = schema.safeParse(parseJson(text, path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new AbacusError(
    "bad_model",
    `Cannot read ${path} as '${where}' has another form than transformers gives it: received ${issue?.message}`,
  );
}

/** @throws {AbacusError} `bad_model` naming the file */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AbacusError(
      "bad_model",
      `Cannot read ${path} as it must be JSON: received ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function missingTokenizer(directory: string, file: string): Promise<AbacusError> {
  const relatives = ["tokenizer.model", "vocab.txt", "vocab.json", "merges.txt", "spiece.model"];
  const found: string[] = [];
  for (const name of relatives) {
    const exists = await Deno.stat(join(directory, name)).then(() => true, () => false);
    if (exists) found.push(name);
  }
  const received = found.length > 0 ? found.join(" and ") : "no tokenizer file at all";
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as it has no ${file}, which ${SAVE} ` +
      `writes there: received ${received}`,
  );
}
