/**
 * Arguments: reads settings from the command line and the environment.
 *
 * A flag takes precedence over its variable, and a variable over the default. A wrong value is an error
 * that names the flag or variable, what it expects and what it received. Knows the record of settings,
 * not the process.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { helpOf, type SettingName, type Settings, settingsSchema } from "../settings.ts";
import type { Operand } from "./command.ts";
import { type FlagTexts, flagTexts, readText } from "./flags.ts";

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
  const { command, repeatable = [] } = expected;
  const flags = Object.fromEntries(
    expected.settings.map((name) => [name, settingsSchema.shape[name]]),
  );
  const elsewhere = ["--help", "--version"];
  const { texts, others } = flagTexts({ command, flags, repeatable, elsewhere }, words);
  checkOperands(expected, others);
  const settings: Partial<Settings> = {};
  for (const name of expected.settings) Object.assign(settings, readSetting(name, texts, variable));
  // Every name was read above, and each schema gives the type that the record has under its name.
  return { settings: settings as Pick<Settings, Name>, operands: others };
}

function readSetting(
  name: SettingName,
  texts: FlagTexts["texts"],
  variable: Given["variable"],
): Partial<Settings> {
  const help = helpOf(name);
  const given = texts.get(name);
  const text = given ?? (variable(help.variable) || undefined);
  const source = given === undefined ? help.variable : help.flag;
  return { [name]: readText(settingsSchema.shape[name], text, source) };
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

function badUsage(message: string): AbacusError {
  return new AbacusError("bad_usage", message);
}
