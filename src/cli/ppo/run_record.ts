/**
 * The record in run.json: everything that the results of a run depend on, except the machine. A run is
 * resumed only if its record is the same (`run_directory.ts`).
 *
 * @module
 */

import { findModel } from "../../model/find_model.ts";
import type { Policy } from "../../ppo/rollout/policy.ts";
import type { RunRecord } from "../../ppo/run/run_files.ts";
import type { Settings } from "../../settings.ts";
import { fileFingerprint, filesFingerprint, modelFingerprint } from "../score/fingerprint.ts";
import { version } from "../version.ts";
import { ownDtype } from "./own_server.ts";
import { trainingFlags } from "./training.ts";

/** Settings that the record depends on. */
export type RecordedSettings = Pick<
  Settings,
  | typeof trainingFlags[number]
  | "prompts"
  | "longPrompts"
  | "evalPrompts"
  | "evalShare"
  | "evalLimit"
  | "server"
  | "model"
  | "models"
  | "base"
  | "score"
  | "normalizeReward"
  | "architecture"
  | "onnx"
  | "head"
  | "dtype"
  | "splitSpecialTokens"
  | "poolAt"
  | "pair"
  | "appendEos"
  | "send"
  | "sendEndOfText"
>;

/**
 * Settings that are hashes of files, with their names in messages: a directory or a prompt file may have
 * changed under the same name.
 */
export const contents: ReadonlyMap<string, string> = new Map([
  ["policyContent", "the content of --policy"],
  ["promptsContent", "the content of --prompts"],
  ["evalPromptsContent", "the content of --eval-prompts"],
  ["modelContent", "the content of --model"],
]);

/** Settings that a record may lack: earlier versions did not write them, and a given server does not tell them. */
export const notAlwaysKnown: ReadonlySet<string> = new Set([
  ...contents.keys(),
  "evalLimit",
  "score",
  "architecture",
  "splitSpecialTokens",
]);

/** What a record tells of a policy. */
type RecordedPolicy = Pick<Policy, "name" | "directory" | "adapter">;

/**
 * The record of a run that is about to start or resume.
 *
 * @throws {AbacusError} `bad_usage` if the prompts cannot be read, `bad_model` if there is no model
 */
export async function runRecord(
  settings: RecordedSettings,
  { policy, reward }: { policy: RecordedPolicy; reward: string },
): Promise<RunRecord> {
  // A flag that is not given and has no default is left out: JSON knows no undefined.
  const chosen = trainingFlags.map((name) => [name, settings[name]] as const)
    .filter(([, value]) => value !== undefined);
  const { prompts = null, seed, appendEos, send, sendEndOfText } = settings;
  return {
    settings: {
      ...Object.fromEntries(chosen),
      prompts,
      ...(prompts === null ? {} : { promptsContent: await fileFingerprint(prompts) }),
      ...(settings.longPrompts === "skip" ? {} : { longPrompts: settings.longPrompts }),
      ...await ofEvaluation(settings),
      ...(appendEos ? { appendEos } : {}),
      send,
      sendEndOfText,
      policyContent: await contentOf(policy),
      ...await ofOwnServer(settings),
    },
    seed,
    models: { policy: policy.name, reward },
    versions: { abacus: version, deno: Deno.version.deno },
  };
}

/** Of the model, and of the adapter that is merged into it. */
async function contentOf({ directory, adapter }: RecordedPolicy): Promise<string> {
  const model = await modelFingerprint(directory);
  return adapter === undefined ? model : `${model}+${await modelFingerprint(adapter.directory)}`;
}

/** Which prompts are not trained on, and how many of them tell the best policy; how often changes nothing. */
async function ofEvaluation(
  { evalPrompts, evalShare, evalLimit }: RecordedSettings,
): Promise<RunRecord["settings"]> {
  if (evalPrompts === undefined) return evalShare === 0 ? {} : { evalShare, evalLimit };
  return { evalPrompts, evalPromptsContent: await fileFingerprint(evalPrompts), evalLimit };
}

/** Of a given server only the name of the model is known. */
async function ofOwnServer(settings: RecordedSettings): Promise<RunRecord["settings"]> {
  const { server, model, models, base, score, architecture, head } = settings;
  const { splitSpecialTokens, poolAt, pair } = settings;
  if (server !== undefined) return {};
  return {
    modelContent: await filesFingerprint(await findModel(model, { models }), { base, models }),
    score: score ?? null,
    architecture: architecture ?? null,
    onnx: settings.onnx,
    dtype: ownDtype(settings.dtype),
    splitSpecialTokens,
    ...(head === undefined ? {} : { head }),
    ...(poolAt === undefined ? {} : { poolAt }),
    ...(pair === undefined ? {} : { pair }),
    ...(settings.normalizeReward ? { normalizeReward: true } : {}),
  };
}
