/**
 * The settings that one of several models has of its own, as `--set NAME.SETTING=VALUE` gives them. Each is
 * read as the flag of its name is.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { helpOf, type Settings, settingsSchema } from "../settings.ts";
import { nearest } from "../spelling.ts";
import { type ModelSetting, modelSettings } from "./model_settings.ts";

/** Settings that no model has of its own, with what gives them instead. */
const shared: Readonly<Partial<Record<ModelSetting, string>>> = {
  model: "is what --model NAME=DIR gives",
  name: "is what --model NAME=DIR gives",
};

/** What a model has of its own. */
export type OwnSettings = Partial<Pick<Settings, ModelSetting>>;

/** By the word of the flag, as in `pool-at`. */
const byWord: ReadonlyMap<string, ModelSetting> = new Map(
  modelSettings.map((name) => [helpOf(name).flag.slice(2), name]),
);

/**
 * What each model has of its own; nothing for those that `set` does not name.
 *
 * @param set values of `--set` with semicolons between them
 * @param names of the models
 * @throws {AbacusError} `bad_usage` for a model or a setting that there is not, for one that models share, and
 * for a value that the setting's own flag would refuse
 */
export function ownSettings(
  set: string | undefined,
  names: readonly string[],
): ReadonlyMap<string, OwnSettings> {
  const own = new Map<string, OwnSettings>(names.map((name) => [name, {}]));
  for (const entry of (set ?? "").split(";").map((each) => each.trim()).filter(Boolean)) {
    const { model, setting, value } = partsOf(entry, names);
    const before = own.get(model)!; // Every name is there.
    if (setting in before) throw refusal("each setting of a model must be given once", entry);
    own.set(model, { ...before, [setting]: readValue(setting, { value, entry }) });
  }
  return own;
}

/** Names may have dots, and no setting has. */
function partsOf(entry: string, names: readonly string[]) {
  const [, model, word, value] = /^([^=]*)\.([^.=]*)=(.*)$/s.exec(entry) ?? [];
  if (model === undefined || word === undefined || value === undefined) {
    throw refusal("it must be NAME.SETTING=VALUE", entry);
  }
  if (!names.includes(model)) {
    throw refusal(`there is no such model (there are ${names.join(", ")})`, entry);
  }
  return { model, setting: settingOf(word, entry), value };
}

function settingOf(word: string, entry: string): ModelSetting {
  const setting = byWord.get(word);
  if (setting === undefined) {
    const own = [...byWord].filter(([, name]) => !(name in shared)).map(([word]) => word);
    const meant = nearest(word, own);
    const hint = meant === undefined ? `those are ${own.join(", ")}` : `did you mean '${meant}'?`;
    throw refusal(`'${word}' is no setting of a model (${hint})`, entry);
  }
  const reason = shared[setting];
  if (reason !== undefined) throw refusal(`'${word}' ${reason}`, entry);
  return setting;
}

/** As the flag of the setting's name reads it. */
function readValue(
  setting: ModelSetting,
  { value, entry }: { value: string; entry: string },
): Settings[ModelSetting] {
  const read = settingsSchema.shape[setting].safeParse(value);
  if (read.success) return read.data;
  const expected = read.error.issues[0]?.message ?? "another value";
  throw refusal(`'${helpOf(setting).flag.slice(2)}' must be ${expected}`, entry);
}

function refusal(reason: string, entry: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot use --set (or ABACUS_SET) as ${reason}: received '${entry}'`,
  );
}
