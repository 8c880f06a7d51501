/**
 * Subject: what scores the rows of a run, one model or a mixture of several.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { findModel } from "../../model/find_model.ts";
import { loadModel } from "../../model/load_model.ts";
import { factsOf, type ModelFacts } from "../../scorer/facts.ts";
import type { Scorer } from "../../scorer/scorer.ts";
import type { Settings } from "../../settings.ts";
import { type MixtureChoice, mixtureChoices } from "../mixtures.ts";
import { type ModelChoice, modelChoices } from "../model_choices.ts";
import { loadOptions, type ModelSetting } from "../model_settings.ts";
import { EngineOpener, placementsOf } from "../placement.ts";
import { filesFingerprint } from "./fingerprint.ts";
import { type QueuedModel, rowLimits, rowScorer } from "./row_scorer.ts";

/** The settings that say what it is. */
export type SubjectSettings = Pick<Settings, ModelSetting> & Partial<Pick<Settings, "set" | "mix">>;

/** The models to load, and the mixture of them that scores where there is one. */
export interface SubjectChoice {
  readonly models: readonly ModelChoice<SubjectSettings>[];
  readonly mixture: MixtureChoice | undefined;
}

/** Its end is that of its models. */
export interface Subject extends AsyncDisposable {
  /** What may be told of each model, and of the mixture at the last. */
  readonly facts: readonly ModelFacts[];
  /** A scorer with queues of its own. */
  scorer(): Scorer;
}

/**
 * Reads the settings.
 *
 * @throws {AbacusError} `bad_usage` where several models or mixtures could score
 */
export function subjectChoice(settings: SubjectSettings): SubjectChoice {
  const models = modelChoices(settings);
  const mixtures = mixtureChoices(settings.mix, models.map(({ name }) => name));
  if (mixtures.length > 1 || (models.length > 1 && mixtures.length === 0)) {
    throw new AbacusError(
      "bad_usage",
      "Cannot score rows as one model or one mixture must do it (--mix NAME=MODEL:WEIGHT,... makes one of " +
        `several): received ${models.length} models and ${mixtures.length} mixtures`,
    );
  }
  return { models, mixture: mixtures[0] };
}

/** Loads the models; those of a mixture take turns in one thread. */
export async function openSubject({ models, mixture }: SubjectChoice): Promise<Subject> {
  await using opened = new AsyncDisposableStack();
  const opener = new EngineOpener(models.length);
  const placements = placementsOf(models.map(({ settings }) => settings));
  const members: QueuedModel[] = [];
  for (const [i, { directory, name, settings }] of models.entries()) {
    const alone = models.length === 1;
    const runtime = alone
      ? undefined
      : opener.open(placements[i]!, { onDeath() {}, onMemory() {} });
    const model = await loadModel(directory, { ...loadOptions(settings), name, runtime });
    members.push({ model: opened.use(model), limits: rowLimits(settings) });
  }
  const ends = opened.move();
  const scorer = () => rowScorer(members, mixture);
  const mixed = mixture === undefined ? [] : [scorer().facts];
  return {
    facts: [...members.map(({ model }) => factsOf(model)), ...mixed],
    scorer,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

/** The hash of all files that it is read from. */
export async function subjectFingerprint({ models, mixture }: SubjectChoice): Promise<string> {
  const prints = await Promise.all(models.map(async ({ directory, name, settings }) => {
    const print = await filesFingerprint(await findModel(directory, settings), settings);
    return mixture === undefined ? print : `${name} ${print}`;
  }));
  return prints.join(", ");
}
