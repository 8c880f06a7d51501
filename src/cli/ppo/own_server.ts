/**
 * The reward server that `ppo` starts without --server: on a free port of this machine, and used like any
 * other server.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { helpOf, type Settings, settingsSchema } from "../../settings.ts";
import { type ModelSetting, modelWarnings } from "../model_settings.ts";
import { listenForRewards, loadModels } from "../reward_server.ts";

/** A server that is stopped at the end of the block. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  /** Lines that an operator should know of its model. */
  readonly warnings: readonly string[];
}

/**
 * The server's device, given the policy's. A process crashes if two of its workers use WebGPU (onnxruntime
 * 1.30), so then the server uses the CPU.
 */
export function ownDevice(policys: Settings["device"]): Settings["device"] {
  return policys.startsWith("cuda") ? policys : "cpu";
}

/** The number type of the server's own choice is the exact one: never int8. */
export function ownDtype(dtype: Settings["dtype"]): Exclude<Settings["dtype"], "auto"> {
  return dtype === "auto" ? "float32" : dtype;
}

/** Settings of the server alone; the others apply to the policy as well. */
const serverSettings = [
  "model",
  "name",
  "score",
  "normalizeReward",
  "architecture",
  "onnx",
  "head",
  "splitSpecialTokens",
  "poolAt",
  "pair",
  "dtype",
  "cache",
  "maxBatchTokens",
  "maxGradientMb",
  "maxCreditTokens",
] as const satisfies ModelSetting[];

/**
 * Refuses settings of a server of its own beside --server. A setting that equals its default is not
 * noticed.
 *
 * @throws {AbacusError} `bad_usage` for such a setting
 */
export function expectOneServer(
  settings: Pick<Settings, ModelSetting | "server">,
): void {
  if (settings.server === undefined) return;
  const given = serverSettings.find((name) =>
    settings[name] !== settingsSchema.shape[name].parse(undefined)
  );
  if (given === undefined) return;
  const { flag, variable } = helpOf(given);
  throw new AbacusError(
    "bad_usage",
    `Cannot use ${flag} (or ${variable}) as it is for a server that the trainer starts itself, ` +
      `and --server names ${settings.server.join(", ")}: received '${settings[given]}'`,
  );
}

/**
 * Refuses rewards that were rounded to 8 bits: a policy is moved towards whatever raises them.
 *
 * @throws {AbacusError} `bad_usage`
 */
export function expectExactRewards({ dtype }: Pick<Settings, "dtype">): void {
  if (dtype !== "int8") return;
  throw new AbacusError(
    "bad_usage",
    `Cannot train with rewards in int8 as a policy would learn what rounding adds to them: ` +
      `received --dtype ${dtype}`,
  );
}

/** Starts the server and loads its model. */
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
      maxBodiesBytes: 1_000_000_000,
      overloadStatus: 503,
      deadlineMs: 0,
      apiKey: undefined,
      publicMetrics: true,
      corsOrigins: [],
      logText: false,
      accessLog: "off",
    },
    signal: stopped.signal,
    log: () => {},
  });
  try {
    const models = await loadModels(
      {
        ...settings,
        device: ownDevice(settings.device),
        dtype: ownDtype(settings.dtype),
        maxQueue: 2 ** 20,
        maxQueueTokens: 2 ** 32,
        cacheMb: 0, // texts of a policy that learns do not come again
      },
      metrics,
    );
    resolve(models);
    return {
      url: server.url,
      warnings: models.all.flatMap(({ scorer }) => modelWarnings(scorer.facts)),
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
