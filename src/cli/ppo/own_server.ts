/**
 * The reward server that a trainer starts for itself where it was told of none: on this machine alone, on
 * a free port, asked like any other.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { helpOf, type Settings, settingsSchema } from "../../settings.ts";
import type { ModelSetting } from "../model_settings.ts";
import { listenForRewards, loadModels } from "../reward_server.ts";

/** A server that ends with the block that started it. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Where it computes, given where the policy is to. A process ends when two of its workers use WebGPU
 * (onnxruntime 1.30), so there the policy has the device and the server the CPU.
 */
export function ownDevice(policys: Settings["device"]): Settings["device"] {
  return policys === "cuda" ? "cuda" : "cpu";
}

/** What nobody but it reads: where models are, devices and threads are the policy's as well. */
const itsAlone = [
  "model",
  "name",
  "score",
  "dtype",
  "maxBatchTokens",
  "maxGradientMb",
  "maxCreditTokens",
] as const satisfies ModelSetting[];

/**
 * Makes sure that only one server is meant. Settings do not tell a default from the same value given.
 *
 * @throws {AbacusError} `bad_usage` where one is named and one of one's own described as well
 */
export function expectOneServer(
  settings: Pick<Settings, ModelSetting | "server">,
): void {
  if (settings.server === undefined) return;
  const described = itsAlone.find((name) =>
    settings[name] !== settingsSchema.shape[name].parse(undefined)
  );
  if (described === undefined) return;
  const { flag, variable } = helpOf(described);
  throw new AbacusError(
    "bad_usage",
    `Cannot use ${flag} (or ${variable}) as it is for a server that the trainer starts itself, ` +
      `and --server names ${settings.server}: received '${settings[described]}'`,
  );
}

/** Starts it, and has its model loaded. */
export async function startOwnServer(
  settings: Pick<Settings, ModelSetting>,
): Promise<OwnServer> {
  const stopped = new AbortController();
  const { server, metrics, resolve, reject } = listenForRewards({
    host: "127.0.0.1",
    port: 0,
    drainMs: 1_000,
    http: {
      maxBodyBytes: 100_000_000,
      deadlineMs: 0,
      apiKey: undefined,
      publicMetrics: true,
      corsOrigins: [],
      accessLog: "off",
    },
    signal: stopped.signal,
    log: () => {},
  });
  try {
    const models = await loadModels(
      { ...settings, device: ownDevice(settings.device), maxQueue: 2 ** 20 },
      metrics,
    );
    resolve(models);
    return {
      url: server.url,
      [Symbol.asyncDispose]: async () => {
        stopped.abort();
        await server.finished;
        await models[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    reject(error);
    stopped.abort();
    await server.finished;
    throw error;
  }
}
