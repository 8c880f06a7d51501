/**
 * The mixtures that `--mix NAME=help:0.7,safe:0.3` declares, and their scorers over the loaded members.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { createMixture, type Member } from "../scorer/mixture.ts";

/** What one value of the flag says. */
export interface MixtureChoice {
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly weight: number }[];
}

/** Mixtures of a server, and members of one, beyond which a flag is a mistake. */
const most = { mixtures: 256, members: 64 };

/** Weights beyond which a sum would keep nothing of its other members in float32. */
const largestWeight = 1e6;

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The mixtures of a server.
 *
 * @param mix values of `--mix` with semicolons between them
 * @param models the names of the models
 * @throws {AbacusError} `bad_usage` for what is no mixture of these models, and for a name that is taken
 */
export function mixtureChoices(
  mix: string | undefined,
  models: readonly string[],
): readonly MixtureChoice[] {
  const entries = (mix ?? "").split(";").map((each) => each.trim()).filter(Boolean);
  if (entries.length > most.mixtures) {
    throw refusal(`there may be at most ${most.mixtures}`, `${entries.length} mixtures`);
  }
  const taken = new Set(models);
  return entries.map((entry) => {
    const choice = readMixture(entry, models);
    if (taken.has(choice.name)) throw refusal(`the name '${choice.name}' is taken`, `'${entry}'`);
    taken.add(choice.name);
    return choice;
  });
}

/** A served member, as a mixture is made of it. */
export type LoadedMember = Omit<Member, "weight">;

/** A mixture as one of a server's models. Its end closes nothing: its members are models of the server. */
export function serveMixture(
  { name, members }: MixtureChoice,
  loaded: (name: string) => LoadedMember,
) {
  const scorer = createMixture(
    name,
    members.map(({ name, weight }) => ({ ...loaded(name), weight })),
  );
  return { model: { name, [Symbol.asyncDispose]: () => Promise.resolve() }, scorer };
}

function readMixture(entry: string, models: readonly string[]): MixtureChoice {
  const [, name, list] = /^([\w.-]+)=(.+)$/s.exec(entry) ?? [];
  if (name === undefined || list === undefined) {
    throw refusal("it must be NAME=MODEL:WEIGHT,MODEL:WEIGHT", `'${entry}'`);
  }
  const members = list.split(",").map((part) => readMember(part.trim(), models));
  const names = members.map(({ name }) => name);
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) throw refusal(`'${twice}' is given twice`, `'${entry}'`);
  if (members.length > most.members) {
    throw refusal(`a mixture may have at most ${most.members} members`, `${members.length}`);
  }
  return { name, members };
}

function readMember(part: string, models: readonly string[]): MixtureChoice["members"][number] {
  const [, name, weight = ""] = /^(.*):([^:]*)$/s.exec(part) ?? [];
  if (name === undefined) throw refusal("a member must be MODEL:WEIGHT", `'${part}'`);
  if (!models.includes(name)) {
    throw refusal(`there is no such model (there are ${models.join(", ")})`, `'${part}'`);
  }
  const value = number.test(weight.trim()) ? Number(weight) : NaN;
  if (value !== 0 && Math.abs(value) <= largestWeight) return { name, weight: value };
  throw refusal(
    `a weight must be a number that is not 0, of at most ${largestWeight} either way`,
    `'${part}'`,
  );
}

function refusal(reason: string, received: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot use --mix (or ABACUS_MIX) as ${reason}: received ${received}`,
  );
}
