/**
 * Arguments: reads settings from the command line and the environment.
 *
 * A flag takes precedence over its variable, and a variable over the default. A wrong value is an error
 * that names the flag or variable, what it expects and what it received. Knows the record of settings,
 * not the process.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { AbacusError } from "../errors.ts";
import { helpOf, type SettingName, type Settings, settingsSchema } from "../settings.ts";
import { nearest } from "../spelling.ts";
import type { Operand } from "./command.ts";

/** What a command accepts. */
export interface Expected<Name extends SettingName> {
  /** The command's name, for messages. */
  readonly command: string;
  readonly operands: readonly Operand[];
  readonly settings: readonly Name[];
  /** Those whose flag may be given several times; their separator joins the values. @default none */
  readonly repeatable?: readonly Name[];
}

/** The command line and the environment. */
export interface Given {
  /** The words after the command's name. */
  readonly words: readonly string[];
  readonly variable: (name: string) => string | undefined;
}

/** The settings and operands of a command. */
export interface Read<Name extends SettingName> {
  readonly settings: Pick<Settings, Name>;
  readonly operands: readonly string[];
}

/**
 * Reads a command's settings and operands.
 *
 * @throws {AbacusError} `bad_usage`
 */
export function readArguments<const Name extends SettingName>(
  expected: Expected<Name>,
  { words, variable }: Given,
): Read<Name> {
  const { flags, operands } = readWords(expected, words);
  checkOperands(expected, operands);
  const settings: Partial<Settings> = {};
  for (const name of expected.settings) Object.assign(settings, readSetting(name, flags, variable));
  // Every name was read above, and each schema gives the type that the record has under its name.
  return { settings: settings as Pick<Settings, Name>, operands };
}

/** The text of each given flag, and the other words. */
function readWords(expected: Expected<SettingName>, words: readonly string[]) {
  const byFlag = new Map(expected.settings.map((name) => [helpOf(name).flag, name]));
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      expected.settings.map((name) => [helpOf(name).flag.slice(2), parseOption(name)]),
    ),
    allowPositionals: true,
    strict: false, // The messages below are more specific than the parser's.
    tokens: true,
  });
  const flags = new Map<SettingName, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const name = byFlag.get(token.rawName) ?? byFlag.get(token.rawName.replace(/^--no-/, "--"));
    if (name === undefined) throw unknownFlag(expected.command, token.rawName, byFlag.keys());
    const before = flags.get(name);
    if (before !== undefined && !expected.repeatable?.includes(name)) {
      throw badUsage(`Cannot use ${token.rawName} as it must be given once: received it twice`);
    }
    const text = flagText(name, token);
    const { separator = "," } = helpOf(name);
    flags.set(name, before === undefined ? text : before + separator + text);
  }
  return { flags, operands };
}

function parseOption(name: SettingName) {
  return { type: helpOf(name).toggle ? "boolean" as const : "string" as const };
}

interface FlagToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** The value as text; a switch without a value is on, or off with the prefix `no-`. */
function flagText(name: SettingName, { rawName, value, inlineValue }: FlagToken): string {
  const { flag, toggle } = helpOf(name);
  const negated = rawName !== flag;
  if (negated && (!toggle || value !== undefined)) {
    throw badFlag(rawName, toggle ? "given without a value" : `written ${flag}`, value);
  }
  if (toggle) return value ?? String(!negated);
  if (value === undefined || (!inlineValue && /^--?\D/.test(value))) {
    throw badFlag(flag, `followed by ${helpOf(name).value}`, value);
  }
  return value;
}

function readSetting(
  name: SettingName,
  flags: ReadonlyMap<SettingName, string>,
  variable: Given["variable"],
): Partial<Settings> {
  const help = helpOf(name);
  const flag = flags.get(name);
  const text = flag ?? (variable(help.variable) || undefined);
  const read = settingsSchema.shape[name].safeParse(text);
  if (read.success) return { [name]: read.data };
  const source = flag === undefined ? help.variable : help.flag;
  throw badFlag(source, read.error.issues[0]?.message ?? "another value", text);
}

function checkOperands({ command, operands }: Expected<SettingName>, given: readonly string[]) {
  const missing = operands.slice(given.length).find((operand) => !operand.optional);
  if (missing !== undefined) {
    throw badUsage(
      `Cannot run ${command} as ${missing.name} is missing ('${command} --help' explains it): ` +
        `received ${listed(given)}`,
    );
  }
  if (given.length > operands.length) {
    const most = operands.length === 0 ? "no arguments" : `at most ${operands.length}`;
    throw badUsage(`Cannot run ${command} as it takes ${most}: received ${listed(given)}`);
  }
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.map((word) => `'${word}'`).join(", ");
}

function unknownFlag(command: string, flag: string, known: Iterable<string>): AbacusError {
  const flags = [...known, "--help", "--version"];
  const hint = nearest(flag, flags);
  const advice = hint === undefined ? `'${command} --help' lists them` : `did you mean '${hint}'?`;
  return badUsage(`Cannot run ${command} as there is no such flag (${advice}): received '${flag}'`);
}

function badFlag(flag: string, expectation: string, value: string | undefined): AbacusError {
  const received = value === undefined ? "nothing" : `'${value}'`;
  return badUsage(`Cannot use ${flag} as it must be ${expectation}: received ${received}`);
}

function badUsage(message: string): AbacusError {
  return new AbacusError("bad_usage", message);
}
