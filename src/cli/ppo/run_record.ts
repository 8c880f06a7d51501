/**
 * What run.json says of a run: all that its numbers depend on, save the machine. A run goes on only
 * where this is as it was (`run_directory.ts`).
 *
 * @module
 */

import { findModel } from "../../model/find_model.ts";
import type { Policy } from "../../ppo/rollout/policy.ts";
import type { RunRecord } from "../../ppo/run/run_files.ts";
import type { Settings } from "../../settings.ts";
import { fileFingerprint, modelFingerprint } from "../score/fingerprint.ts";
import { version } from "../version.ts";
import { trainingFlags } from "./training.ts";

/** The settings that are looked at. */
export type RecordedSettings = Pick<
  Settings,
  typeof trainingFlags[number] | "prompts" | "server" | "model" | "models" | "score"
>;

/**
 * Settings that are hashes of files, and how a message names them: two directories may have the same
 * name, and a file of prompts may have been written anew.
 */
export const contents: ReadonlyMap<string, string> = new Map([
  ["policyContent", "the content of --policy"],
  ["promptsContent", "the content of --prompts"],
  ["modelContent", "the content of --model"],
]);

/** What a record may lack: an earlier version did not write it down, and a server that was named keeps it to itself. */
export const notAlwaysKnown: ReadonlySet<string> = new Set([...contents.keys(), "score"]);

/**
 * The record of a run that is about to begin or to go on.
 *
 * @throws {AbacusError} `bad_usage` where the prompts cannot be read, `bad_model` where there is no model
 */
export async function runRecord(
  settings: RecordedSettings,
  { policy, reward }: { policy: Pick<Policy, "name" | "directory">; reward: string },
): Promise<RunRecord> {
  const chosen = trainingFlags.map((name) => [name, settings[name]] as const);
  const { prompts = null, seed } = settings;
  return {
    settings: {
      ...Object.fromEntries(chosen),
      prompts,
      ...(prompts === null ? {} : { promptsContent: await fileFingerprint(prompts) }),
      policyContent: await modelFingerprint(policy.directory),
      ...await ofOwnServer(settings),
    },
    seed,
    models: { policy: policy.name, reward },
    versions: { abacus: version, deno: Deno.version.deno },
  };
}

/** A server that was named says no more than the name of its model. */
async function ofOwnServer(
  { server, model, models, score }: RecordedSettings,
): Promise<{ modelContent?: string; score?: string | null }> {
  if (server !== undefined) return {};
  const modelContent = await modelFingerprint(await findModel(model, { models }));
  return { modelContent, score: score ?? null };
}
