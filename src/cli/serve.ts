/**
 * `serve`: answers reward requests over HTTP until a signal stops it.
 *
 * It listens before the models have loaded, so that a taken port is reported at once and `/readyz`
 * distinguishes a start from a failure.
 *
 * @module
 */

import type { HttpServer } from "../http/serve.ts";
import type { HttpSettings } from "../http/settings.ts";
import type { SettingName, Settings } from "../settings.ts";
import { type Call, type Command, defineCommand } from "./command.ts";
import { modelLine, modelSettings, modelWarnings } from "./model_settings.ts";
import { ModelSet } from "../model/model_set.ts";
import { listenForRewards, loadModels } from "./reward_server.ts";
import { certificateOf, keysOf } from "./who_may_call.ts";

const names = [
  "port",
  "host",
  ...modelSettings,
  "set",
  "mix",
  "replicas",
  "isolate",
  "maxQueue",
  "maxQueueTokens",
  "cacheMb",
  "deadlineMs",
  "overloadStatus",
  "drainMs",
  "maxBodyMb",
  "maxBodiesMb",
  "exitWithStdin",
  "apiKey",
  "apiKeyFile",
  "tlsCert",
  "tlsKey",
  "publicMetrics",
  "corsOrigin",
  "log",
  "logText",
] as const satisfies SettingName[];

type ServeSettings = Pick<Settings, typeof names[number]>;

/** The command. */
export const serve: Command<typeof names[number]> = defineCommand({
  operands: [],
  settings: names,
  repeatable: ["model", "set", "mix"],
  async run(call) {
    const stopped = new AbortController();
    const signal = AbortSignal.any([call.signal, stopped.signal]);
    const keys = await keysOf(call);
    const certificate = await certificateOf(call.settings);
    if (call.settings.exitWithStdin) stopWithInput(call, () => stopped.abort("standard input"));
    const { server, metrics, resolve, reject } = listenForRewards({
      ...call.settings,
      ...{ http: httpSettings(call.settings), keys, certificate },
      signal,
      log: (line) => call.terminal.note(line),
    });
    try {
      const loading = loadModels(call.settings, metrics, call.terminal);
      // A server that is stopped while it loads does not wait for the models.
      const models = await Promise.race([loading, server.finished]);
      if (!(models instanceof ModelSet)) return 0;
      await using _models = models;
      resolve(models);
      for (const { scorer } of models.all) {
        modelWarnings(scorer.facts).forEach((line) => call.terminal.note(line));
      }
      const lines = models.all.map(({ scorer }) => modelLine(scorer.facts));
      call.terminal.note(`${lines.join("\n")}: ${server.url}`);
      return await finish(server, call);
    } catch (error) {
      // The app answers 503 until the socket is closed; the program reports the error.
      reject(error);
      stopped.abort();
      await server.finished;
      throw error;
    }
  },
});

/** A standard input that is no pipe says nothing about a parent: /dev/null is at its end from the start. */
function stopWithInput({ parent, terminal }: Call<never>, stop: () => void): void {
  const ended = parent?.inputEnd();
  if (ended !== undefined) void ended.then(stop);
  else terminal.note("abacus: --exit-with-stdin has no effect, as standard input is no pipe");
}

/** Waits for the signal, then for what is in flight. */
async function finish(server: HttpServer, call: Call<"drainMs">): Promise<number> {
  const { drained } = await server.finished;
  if (drained) return 0;
  call.terminal.note(
    `abacus: stopped after --drain-ms ${call.settings.drainMs} with requests unanswered`,
  );
  return 1;
}

/** The settings in the units of the HTTP side. */
function httpSettings(settings: ServeSettings): HttpSettings {
  return {
    maxBodyBytes: settings.maxBodyMb * 1_000_000,
    maxBodiesBytes: settings.maxBodiesMb * 1_000_000,
    overloadStatus: settings.overloadStatus === "429" ? 429 : 503,
    deadlineMs: settings.deadlineMs,
    apiKey: settings.apiKey,
    publicMetrics: settings.publicMetrics,
    corsOrigins: (settings.corsOrigin ?? "").split(",").map((each) => each.trim()).filter(Boolean),
    logText: settings.logText,
    accessLog: settings.log,
  };
}
