/**
 * Reads and checks the tokenizer files of a Hugging Face directory.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError, messageOf } from "../errors.ts";

/** The largest files that are read, in bytes; the largest published ones are a quarter of it. */
const limits = { tokenizer: 2 ** 27, config: 2 ** 26, template: 2 ** 20 };

/** A token that is matched in the text as a whole, before the tokenizer splits it. */
export const addedToken = z.looseObject({
  content: z.string(),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  single_word: z.boolean().default(false),
  normalized: z.boolean().default(true),
  special: z.boolean().default(false),
});

/** See {@linkcode addedToken}. */
export type AddedToken = z.infer<typeof addedToken>;

/** A special token is a string, or an object that contains one. */
const specialToken = z.union([z.string(), addedToken.transform((token) => token.content)])
  .nullish();

/** The special tokens that templates can use. */
const specialTokenFields = {
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  sep_token: specialToken,
  pad_token: specialToken,
  cls_token: specialToken,
  mask_token: specialToken,
};

const specialTokenNames = Object.keys(specialTokenFields) as (keyof typeof specialTokenFields)[];

const specialTokensMap = z.looseObject(specialTokenFields);

const tokenizerConfig = z.looseObject({
  ...specialTokenFields,
  added_tokens_decoder: z.record(z.string(), addedToken).optional(),
  chat_template: z.union([
    z.string(),
    z.array(z.object({ name: z.string(), template: z.string() })),
  ]).nullish(),
});

type TokenizerConfig = z.infer<typeof tokenizerConfig>;

/** The text of one model directory. */
export interface TokenizerFiles {
  /** tokenizer.json, not yet parsed. */
  readonly tokenizer: string;
  /** `bos_token`, `eos_token` and the like, where the directory names them. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Tokens that must be matched as a whole, whether or not tokenizer.json says so too. */
  readonly addedTokens: readonly AddedToken[];
  /** Chat templates by name; the only one of a directory is called `default`. */
  readonly templates: ReadonlyMap<string, string>;
}

/**
 * Reads tokenizer.json, and where they exist tokenizer_config.json, special_tokens_map.json and
 * chat_template.jinja (which takes precedence over the template of tokenizer_config.json).
 *
 * @throws {AbacusError} `bad_model` where a file is missing, too large or malformed
 */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const tokenizer = await readText(join(directory, "tokenizer.json"), limits.tokenizer);
  if (tokenizer === undefined) throw await missingTokenizer(directory);
  const config = await readJson(join(directory, "tokenizer_config.json"), tokenizerConfig) ?? {};
  const map = await readJson(join(directory, "special_tokens_map.json"), specialTokensMap) ?? {};
  const jinja = await readText(join(directory, "chat_template.jinja"), limits.template);
  const specialTokens = mergeSpecialTokens(config, map);
  return {
    tokenizer,
    specialTokens,
    addedTokens: [
      ...Object.values(config.added_tokens_decoder ?? {}),
      ...Object.values(specialTokens).map(asAddedToken),
    ],
    templates: collectTemplates(config, jinja),
  };
}

function asAddedToken(content: string): AddedToken {
  return addedToken.parse({ content, special: true, normalized: false });
}

/** As in transformers, special_tokens_map.json takes precedence only without listed added tokens. */
function mergeSpecialTokens(
  config: TokenizerConfig,
  map: z.infer<typeof specialTokensMap>,
): Record<string, string> {
  const [weak, strong] = config.added_tokens_decoder === undefined ? [config, map] : [map, config];
  const merged: Record<string, string> = {};
  for (const name of specialTokenNames) {
    const token = strong[name] ?? weak[name];
    if (typeof token === "string") merged[name] = token;
  }
  return merged;
}

function collectTemplates(config: TokenizerConfig, jinja: string | undefined) {
  const { chat_template: own } = config;
  if (jinja !== undefined) return new Map([["default", jinja]]);
  if (typeof own === "string") return new Map([["default", own]]);
  const named = (own ?? []).map(({ name, template }): [string, string] => [name, template]);
  return new Map(named);
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

function parseJson(text: string, path: string): unknown {
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

/** A file's text, or undefined where there is no such file. */
async function readText(path: string, limitBytes: number): Promise<string | undefined> {
  try {
    const { size } = await Deno.stat(path);
    if (size > limitBytes) {
      throw new AbacusError(
        "bad_model",
        `Cannot read ${path} as it may have at most ${limitBytes} bytes: received ${size}`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof AbacusError) throw cause;
    throw new AbacusError(
      "bad_model",
      `Cannot read ${path} as text: received ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function missingTokenizer(directory: string): Promise<AbacusError> {
  const relatives = ["tokenizer.model", "vocab.txt", "vocab.json", "merges.txt", "spiece.model"];
  const found: string[] = [];
  for (const name of relatives) {
    const exists = await Deno.stat(join(directory, name)).then(() => true, () => false);
    if (exists) found.push(name);
  }
  const received = found.length > 0 ? found.join(" and ") : "no tokenizer file at all";
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as it has no tokenizer.json, which ` +
      `AutoTokenizer.from_pretrained(directory).save_pretrained(directory) of transformers ` +
      `writes there: received ${received}`,
  );
}
