/**
 * TokenizerArguments: what the files of a directory say to the class of its tokenizer, merged in the
 * order in which transformers 5.23 merges them (`_from_pretrained`).
 *
 * tokenizer_config.json lists all tokens in `added_tokens_decoder` since version 4.34 of transformers;
 * only where it does not are special_tokens_map.json, added_tokens.json and the added tokens of
 * tokenizer.json read for them, and the first of these then wins over tokenizer_config.json.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";
import { AddedToken, contentOf, type NamedToken, tokenRecord } from "./added_token.ts";
import { checkFields, ignoredBesideTokenizerJson } from "./tokenizer_fields.ts";
import type { Fields, TokenizerFiles } from "./tokenizer_files.ts";

/** The names of the special tokens that every tokenizer may have, in the order they are added in. */
export const SPECIAL_NAMES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** See {@linkcode SPECIAL_NAMES}. */
export type SpecialName = typeof SPECIAL_NAMES[number];

/** What the files say to a tokenizer's class. */
export interface TokenizerArguments {
  /** The special tokens that the files name; null where they say that there is none. */
  readonly special: ReadonlyMap<SpecialName, NamedToken | null>;
  /** Further tokens with a name of their own, as `image_token`, which templates can use. */
  readonly named: ReadonlyMap<string, NamedToken>;
  /** Further special tokens without a name; undefined where no file speaks of them. */
  readonly extra: readonly NamedToken[] | undefined;
  /** The tokens that the files number, in the order of their numbers. */
  readonly listed: readonly AddedToken[];
  /** Everything else: switches, and what nobody reads. */
  readonly others: Arguments;
}

type Values = Map<string, unknown>;

/** Fields that a class reads by name. */
export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #directory: string;

  constructor(values: ReadonlyMap<string, unknown>, directory: string) {
    this.#values = values;
    this.#directory = directory;
  }

  /**
   * A switch.
   *
   * @param otherwise its value where no file has it
   * @param whenNull its value where a file says null. @default null is an error
   * @throws {AbacusError} `bad_model` for another value
   */
  flag(name: string, otherwise: boolean, whenNull?: boolean): boolean {
    const value = this.#values.get(name);
    if (value === undefined) return otherwise;
    if (value === null && whenNull !== undefined) return whenNull;
    if (typeof value === "boolean") return value;
    throw badField(this.#directory, name, "true or false", value);
  }

  /** The value checked by a schema, or undefined where no file has it. */
  read<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined {
    const value = this.#values.get(name) ?? undefined;
    const read = schema.optional().safeParse(value);
    if (read.success) return read.data;
    throw badField(this.#directory, name, "of another form", value);
  }
}

/**
 * @param listed the added tokens of tokenizer.json, with their ids
 * @throws {AbacusError} `bad_model` naming the field that transformers refuses, or whose meaning cannot
 * be kept
 */
export function mergeArguments(
  files: TokenizerFiles,
  listed: ReadonlyMap<number, AddedToken>,
): TokenizerArguments {
  checkFields(files);
  const values: Values = new Map(Object.entries(files.config ?? {}));
  const ignored = files.vocabulary === undefined ? ignoredBesideTokenizerJson : [];
  for (const name of ignored) values.delete(name);
  renameAdditional(values);
  const named = takeNamed(values);
  if (named.size > 0) values.set("model_specific_special_tokens", Object.fromEntries(named));
  const tokens = values.has("added_tokens_decoder")
    ? readDecoder(values.get("added_tokens_decoder"), files.directory)
    : mergeOldFiles(values, files, listed);
  const converted = new Map([...values].map(([name, value]) => [name, convert(value)]));
  return readTokens(converted, tokens, files.directory);
}

/** `additional_special_tokens` is the older name of `extra_special_tokens`. */
function renameAdditional(values: Values): void {
  if (!values.has("additional_special_tokens") || isTruthy(values.get("extra_special_tokens"))) {
    return;
  }
  values.set("extra_special_tokens", values.get("additional_special_tokens"));
  values.delete("additional_special_tokens");
}

/** Takes out the tokens with names of their own. */
function takeNamed(values: Values): Map<string, unknown> {
  const named = new Map(
    [...values].filter(([name, value]) =>
      !isSpecialName(name) && name.endsWith("_token") && typeof value === "string"
    ),
  );
  for (const name of named.keys()) values.delete(name);
  const extra = values.get("extra_special_tokens");
  if (!isObject(extra)) return named;
  values.delete("extra_special_tokens");
  return new Map([...named, ...Object.entries(extra)]);
}

function readDecoder(value: unknown, directory: string): Map<number, AddedToken> {
  const decoder = z.record(z.string().regex(/^\d+$/), tokenRecord).safeParse(value);
  if (!decoder.success) {
    throw badField(directory, "added_tokens_decoder", "tokens by their ids", value);
  }
  return new Map(
    Object.entries(decoder.data).map(([id, token]) => [Number(id), AddedToken.of(token)]),
  );
}

/** The files of older versions. Of two tokens with one id the later file's counts. */
function mergeOldFiles(
  values: Values,
  { specialTokensMap, addedTokens, directory }: TokenizerFiles,
  listed: ReadonlyMap<number, AddedToken>,
): Map<number, AddedToken> {
  for (const [name, value] of Object.entries(specialTokensMap ?? {})) {
    values.set(name, mapped(name, value, { values, directory }));
  }
  const extra = values.get("extra_special_tokens");
  if (isObject(extra)) {
    const named = values.get("model_specific_special_tokens");
    values.set("model_specific_special_tokens", { ...(isObject(named) ? named : {}), ...extra });
    values.delete("extra_special_tokens");
  }
  const special = specialContents(values);
  const tokens = new Map<number, AddedToken>();
  for (const [content, id] of Object.entries(addedTokens)) {
    const flags = { special: special.has(content), normalized: !special.has(content) };
    tokens.set(id, new AddedToken(content, flags));
  }
  for (const [id, token] of listed) tokens.set(id, token);
  return tokens;
}

/** A value of special_tokens_map.json, in which an object is a special token. */
function mapped(
  name: string,
  value: unknown,
  { values, directory }: { values: Values; directory: string },
): unknown {
  if (name === "extra_special_tokens") {
    return Array.isArray(value) ? extended(values.get(name), value, directory) : value;
  }
  if (!isObject(value)) return value;
  const record = tokenRecord.safeParse(value);
  if (record.success) return AddedToken.of(record.data, true);
  throw badField(directory, name, "a token", value, "special_tokens_map.json");
}

function extended(known: unknown, values: readonly unknown[], directory: string): unknown[] {
  const tokens = Array.isArray(known) ? [...known] : [];
  for (const value of values) {
    // transformers cannot read an object here that says itself whether it is special.
    if (isObject(value) && "special" in value) {
      throw badField(
        directory,
        "extra_special_tokens",
        "a list of texts",
        value,
        "special_tokens_map.json",
      );
    }
    const record = tokenRecord.safeParse(value);
    const token = record.success ? AddedToken.of(record.data, true) : value;
    if (!tokens.some((each) => isSame(each, token))) tokens.push(token);
  }
  return tokens;
}

/** Tokens that tokenizer_config.json writes as objects are not yet known as tokens here. */
function specialContents(values: Values): Set<string> {
  const extra = values.get("extra_special_tokens");
  const tokens = [
    ...SPECIAL_NAMES.map((name) => values.get(name)),
    ...(Array.isArray(extra) ? extra : []),
  ];
  return new Set(tokens.flatMap((token) => isToken(token) ? [contentOf(token)] : []));
}

/** Objects of the type AddedToken become tokens, however deep they stand. */
function convert(value: unknown): unknown {
  if (value instanceof AddedToken) return value;
  if (Array.isArray(value)) return value.map(convert);
  if (!isObject(value)) return value;
  const record = value["__type"] === "AddedToken" ? tokenRecord.safeParse(value) : undefined;
  if (record?.success) return AddedToken.of(record.data);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, convert(each)]));
}

/** Sorts the merged values into tokens and the rest. */
function readTokens(
  values: Values,
  listed: ReadonlyMap<number, AddedToken>,
  directory: string,
): TokenizerArguments {
  const byContent = new Map([...listed.values()].map((token) => [token.content, token]));
  const special = new Map<SpecialName, NamedToken | null>();
  const named = new Map<string, NamedToken>();
  for (const [name, value] of values) {
    if (isSpecialName(name)) {
      if (value !== null && !isToken(value)) throw badField(directory, name, "a token", value);
      special.set(name, value === null ? null : byContent.get(contentOf(value)) ?? value);
    } else if (name.endsWith("_token") && isToken(value)) named.set(name, value);
  }
  const specific = values.get("model_specific_special_tokens") ?? {};
  if (!isObject(specific)) {
    throw badField(directory, "model_specific_special_tokens", "tokens by their names", specific);
  }
  for (const [name, value] of Object.entries(specific)) {
    if (!isToken(value)) throw badField(directory, name, "a token", value);
    named.set(name, value);
  }
  return {
    special,
    named,
    extra: readExtra(values, directory),
    listed: [...listed].sort(([one], [other]) => one - other).map(([, token]) => token),
    others: new Arguments(values, directory),
  };
}

function readExtra(values: Values, directory: string): NamedToken[] | undefined {
  const name = values.has("extra_special_tokens")
    ? "extra_special_tokens"
    : "additional_special_tokens";
  const extra = values.has(name) ? values.get(name) ?? [] : undefined;
  if (extra === undefined) return undefined;
  if (Array.isArray(extra) && extra.every(isToken)) return extra;
  throw badField(directory, name, "a list of tokens", extra);
}

/** Whether two tokens are the same in text and flags. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof AddedToken) return other instanceof AddedToken && one.equals(other);
  return one === other;
}

function isToken(value: unknown): value is NamedToken {
  return typeof value === "string" || value instanceof AddedToken;
}

function isSpecialName(name: string): name is SpecialName {
  return (SPECIAL_NAMES as readonly string[]).includes(name);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof AddedToken);
}

/** As in Python. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

function badField(
  directory: string,
  name: string,
  expectation: string,
  ...[value, file = "tokenizer_config.json"]: [value: unknown, file?: string]
): AbacusError {
  const received = JSON.stringify(value)?.slice(0, 200);
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as '${name}' of ${file} must be ${expectation}: ` +
      `received ${received}`,
  );
}
