/**
 * Flags: the words of a command line as the texts of its flags, and what a flag's schema makes of its text.
 *
 * A flag is the camel-case name of a schema in kebab case; its schema is registered with help.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { z } from "zod";
import { AbacusError } from "../errors.ts";
import { describeSetting, type SettingHelp } from "../settings.ts";
import { nearest } from "../spelling.ts";

/** Schemas from `settings_readers.ts` by camel-case name, each registered with its help. */
export type FlagSchemas = Readonly<Record<string, z.ZodType>>;

/** The flags that a command has. */
export interface AcceptedFlags {
  /** The command, as messages name it. */
  readonly command: string;
  readonly flags: FlagSchemas;
  /** Names whose flag may be given several times; their separator joins the values. @default none */
  readonly repeatable?: readonly string[];
  /** What else may have been meant by an unknown flag, as in `--help`. */
  readonly elsewhere: readonly string[];
}

/** A command line, taken apart. */
export interface FlagTexts {
  /** By the name of the schema. */
  readonly texts: ReadonlyMap<string, string>;
  /** The words that are no flags and of none. */
  readonly others: readonly string[];
}

/**
 * The text of each given flag, and the other words.
 *
 * @throws {AbacusError} `bad_usage` that names the flag, what it must be and what was received
 */
export function flagTexts(accepted: AcceptedFlags, words: readonly string[]): FlagTexts {
  const known = Object.entries(accepted.flags).map(([name, schema]) => {
    return { name, ...describeSetting(name, schema) };
  });
  const byFlag = new Map(known.map((each) => [each.flag, each]));
  const texts = new Map<string, string>();
  const others: string[] = [];
  for (const token of tokensOf(words, known)) {
    if (token.kind === "positional") others.push(token.value);
    if (token.kind !== "option") continue;
    const flag = byFlag.get(token.rawName) ?? byFlag.get(token.rawName.replace(/^--no-/, "--"));
    if (flag === undefined) throw unknownFlag(accepted, token.rawName, byFlag.keys());
    const before = texts.get(flag.name);
    if (before !== undefined && !accepted.repeatable?.includes(flag.name)) {
      throw badFlag(token.rawName, "given once", "it twice");
    }
    const text = flagText(flag, token);
    texts.set(flag.name, before === undefined ? text : before + (flag.separator ?? ",") + text);
  }
  return { texts, others };
}

/**
 * What a schema makes of the text under a flag, a variable or nothing.
 *
 * @throws {AbacusError} `bad_usage` that names where the text is from, what it must be and what it is
 */
export function readText<Schema extends z.ZodType>(
  schema: Schema,
  text: string | undefined,
  source: string,
): z.output<Schema> {
  const read = schema.safeParse(text);
  if (read.success) return read.data;
  throw badFlag(source, read.error.issues[0]?.message ?? "another value", shown(text));
}

function tokensOf(words: readonly string[], known: readonly SettingHelp[]) {
  const options = known.map(({ flag, toggle }) => {
    return [flag.slice(2), { type: toggle ? "boolean" as const : "string" as const }];
  });
  return parseArgs({
    args: [...words],
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict: false, // The messages here are more specific than the parser's.
    tokens: true,
  }).tokens;
}

interface FlagToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** The value as text; a switch without a value is on, or off with the prefix `no-`. */
function flagText(help: SettingHelp, { rawName, value, inlineValue }: FlagToken): string {
  const negated = rawName !== help.flag;
  if (negated && (!help.toggle || value !== undefined)) {
    const must = help.toggle ? "given without a value" : `written ${help.flag}`;
    throw badFlag(rawName, must, shown(value));
  }
  if (help.toggle) return value ?? String(!negated);
  if (value === undefined || (!inlineValue && /^--?\D/.test(value))) {
    throw badFlag(help.flag, `followed by ${help.value}`, shown(value));
  }
  return value;
}

function unknownFlag(
  { command, elsewhere }: AcceptedFlags,
  flag: string,
  known: Iterable<string>,
): AbacusError {
  const hint = nearest(flag, [...known, ...elsewhere]);
  const advice = hint === undefined ? `'${command} --help' lists them` : `did you mean '${hint}'?`;
  const message = `Cannot run ${command} as there is no such flag (${advice}): received '${flag}'`;
  return new AbacusError("bad_usage", message);
}

function badFlag(source: string, expectation: string, received: string): AbacusError {
  const message = `Cannot use ${source} as it must be ${expectation}: received ${received}`;
  return new AbacusError("bad_usage", message);
}

function shown(text: string | undefined): string {
  return text === undefined ? "nothing" : `'${text}'`;
}
