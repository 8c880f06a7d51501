/**
 * The reward servers of a run: those that were given, or one of its own, and the rewards that they give.
 *
 * @module
 */

import type { Policy } from "../../ppo/rollout/policy.ts";
import { openRewardSource, type RewardSource } from "../../ppo/rollout/reward_source.ts";
import type { TrainingSettings } from "../../ppo/settings.ts";
import type { Call } from "../command.ts";
import { duration } from "../figures.ts";
import type { ModelSetting } from "../model_settings.ts";
import { ownDevice, startOwnServer } from "./own_server.ts";
import { noteBeside } from "./progress_line.ts";

/** The flags that say where rewards come from, and what is told to get them, in the order of the help. */
export const rewardServerFlags = [
  "server",
  "rewardModel",
  "apiKey",
  "rewardTimeoutMs",
  "requestsInFlight",
  "send",
  "sendEndOfText",
] as const;

type ServersCall = Pick<
  Call<typeof rewardServerFlags[number] | ModelSetting>,
  "settings" | "signal" | "terminal"
>;

/** Servers, and what is done with them at the end of the block. */
export interface Servers extends AsyncDisposable {
  readonly urls: readonly string[];
}

/** The given servers, or one of its own. */
export async function serversFor({ settings, terminal }: ServersCall): Promise<Servers> {
  if (settings.server !== undefined) {
    return { urls: settings.server, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const device = ownDevice(settings.device);
  terminal.note(
    `starting a reward server on ${settings.model} (${device}), as --server is not given`,
  );
  const server = await startOwnServer(settings);
  server.warnings.forEach((line) => terminal.note(line));
  return { urls: [server.url], [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Opens the reward source, which reports when a server is unavailable. */
export async function rewardsOf(
  { settings, signal, terminal }: ServersCall,
  { servers: { urls }, training: { credit }, policy: { text } }: Rewarded,
): Promise<RewardSource> {
  const { rewardTimeoutMs: timeoutMs, requestsInFlight, send, sendEndOfText: ends } = settings;
  const limit = duration(timeoutMs / 1000);
  return await openRewardSource({
    urls,
    apiKey: settings.server === undefined ? undefined : settings.apiKey,
    model: settings.rewardModel,
    credit,
    telling: { send, ends, close: settings.appendEos ? "eos" : undefined },
    tokenizer: text.identity,
    requestsInFlight,
    timeoutMs,
    signal,
    onUnavailable(url, reason) {
      noteBeside(terminal, `${url} does not answer (${reason}); retrying for up to ${limit}`);
    },
  });
}

/** What rewards are opened for. */
export interface Rewarded {
  readonly servers: Servers;
  readonly training: Pick<TrainingSettings, "credit">;
  readonly policy: Pick<Policy, "text">;
}
