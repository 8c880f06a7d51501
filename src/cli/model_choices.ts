/**
 * The models that a server is to load: each with its directory, its name and its settings.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { modelName } from "../model/find_model.ts";
import { helpOf, type Settings } from "../settings.ts";
import type { ModelSetting } from "./model_settings.ts";
import { ownSettings } from "./own_settings.ts";

/** What says which models there are. */
export type ChoosingSettings =
  & Pick<Settings, ModelSetting>
  & { readonly set?: Settings["set"] | undefined };

/** A model that a server loads. */
export interface ModelChoice<Given extends ChoosingSettings = ChoosingSettings> {
  readonly directory: string;
  /** The name that requests use: the directory's last part unless it was named. */
  readonly name: string;
  /** The settings of the server, but for what the model has of its own. */
  readonly settings: Given;
}

/** Settings that can belong to one model only: with several, `--set` gives them. */
const single = ["architecture", "head"] as const satisfies ModelSetting[];

/**
 * The models that `--model` names for a server: `DIR` or `NAME=DIR`, several with commas.
 *
 * @throws {AbacusError} `bad_usage` where `--name`, `--architecture` or `--head` is given for several models,
 * and what {@linkcode ownSettings} refuses
 */
export function modelChoices<Given extends ChoosingSettings>(
  settings: Given,
): ModelChoice<Given>[] {
  const named = namedDirectories(settings);
  const extra = single.find((each) => settings[each] !== undefined);
  if (extra !== undefined && named.length > 1) {
    const { flag, value } = helpOf(extra);
    throw new AbacusError(
      "bad_usage",
      `Cannot use ${flag} as it is for one model (--set NAME.${extra}=${value} gives it to one of ` +
        `several): received --model ${settings.model}`,
    );
  }
  const own = ownSettings(settings.set, named.map(({ name }) => name));
  return named.map((each) => ({ ...each, settings: { ...settings, ...own.get(each.name) } }));
}

/** Every directory with its name. */
function namedDirectories(
  { model, name }: ChoosingSettings,
): Pick<ModelChoice, "directory" | "name">[] {
  const given = model.split(",").map((each) => {
    const [, own, directory = each] = /^([\w.-]+)=(.+)$/.exec(each.trim()) ?? [];
    return { directory: directory.trim(), own };
  });
  const [first] = given;
  if (name !== undefined && (given.length > 1 || first?.own !== undefined)) {
    throw new AbacusError(
      "bad_usage",
      "Cannot use --name as it is for one model given as DIR (--model NAME=DIR names one of several): " +
        `received --model ${model}`,
    );
  }
  return given.map(({ directory, own }) => ({
    directory,
    name: own ?? name ?? modelName(directory),
  }));
}
