/**
 * A reward server within this process, as `serve` runs it and as `ppo` starts one for itself.
 *
 * @module
 */

import { AnswerCache } from "../batch/answer_cache.ts";
import { Batcher } from "../batch/batcher.ts";
import { createApp } from "../http/app.ts";
import type { Certificate } from "../http/certificate.ts";
import type { KeyRing } from "../http/keys.ts";
import { Metrics } from "../http/metrics.ts";
import { type HttpServer, serveHttp } from "../http/serve.ts";
import type { ServedModel, ServedModels } from "../http/backend.ts";
import type { HttpSettings } from "../http/settings.ts";
import { loadModel } from "../model/load_model.ts";
import type { LoadedModel } from "../model/model.ts";
import { ModelSet } from "../model/model_set.ts";
import { createScorer } from "../scorer/scorer.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "./command.ts";
import { conversionProgress } from "./conversion_progress.ts";
import { type ChoosingSettings, modelChoices } from "./model_choices.ts";
import { type LoadedMember, mixtureChoices, serveMixture } from "./mixtures.ts";
import { loadOptions } from "./model_settings.ts";
import {
  EngineOpener,
  type EngineWatch,
  placementNotes,
  type PlacementSettings,
  placementsOf,
} from "./placement.ts";
import { version } from "./version.ts";

/** What a server listens with. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly drainMs: number;
  readonly http: HttpSettings;
  /** Begins the end. */
  readonly signal: AbortSignal;
  /** Keys that may change; without them the one of `http`, if any. */
  readonly keys?: KeyRing | undefined;
  /** For HTTPS. */
  readonly certificate?: Certificate | undefined;
  /** One line about a request. */
  readonly log: (line: string) => void;
}

/** A server that listens, perhaps before its models have loaded. */
export interface RewardServer {
  readonly server: HttpServer;
  readonly metrics: Metrics;
  /** Requests are answered 503 until one of these is called. */
  resolve(models: ServedModels): void;
  reject(error: unknown): void;
}

/** Listens; requests for rewards are answered 503 until the models are there. */
export function listenForRewards(
  { host, port, drainMs, http, keys, certificate, signal, log }: Listening,
): RewardServer {
  const metrics = new Metrics();
  const { promise: models, resolve, reject } = Promise.withResolvers<ServedModels>();
  const app = createApp({ models, metrics, version, settings: http, keys, draining: signal, log });
  const server = serveHttp(app, { hostname: host, port, certificate, drainMs, signal });
  return { server, metrics, resolve, reject };
}

/** Where nobody looks. */
const silent: Terminal = { interactive: false, print: () => {}, note: () => {} };

/** What a server loads, and what bounds its queues. */
export type LoadSettings =
  & ChoosingSettings
  & Pick<Settings, "maxQueue" | "maxQueueTokens" | "cacheMb">
  & PlacementSettings
  & { readonly mix?: Settings["mix"] | undefined };

/**
 * Loads the models, which warms them up, and puts a queue before each; mixtures of them follow. Each has
 * processes of its own where `placement` says so.
 *
 * @param terminal gets a line when what computes has died, and where a crash would end the server, and how far
 * weights are converted
 * @throws {AbacusError} what is wrong with the first model that cannot be loaded; none stays open then
 */
export async function loadModels(
  settings: LoadSettings,
  metrics: Metrics,
  terminal: Terminal = silent,
): Promise<ServedModels> {
  const log = (line: string) => terminal.note(line);
  const choices = modelChoices(settings);
  const placements = placementsOf(choices.map(({ settings }) => settings));
  placementNotes(placements, settings).forEach(log);
  await using opener = new EngineOpener(choices.length);
  const mixtures = mixtureChoices(settings.mix, choices.map(({ name }) => name));
  const served: LoadedModels = [];
  const answers = settings.cacheMb > 0 ? new AnswerCache(settings.cacheMb * 1_000_000) : undefined;
  if (answers !== undefined) metrics.watchAnswers(() => answers.stats);
  try {
    for (const [i, { directory, name, settings: own }] of choices.entries()) {
      const placement = placements[i]!;
      const runtime = opener.open(placement, watchOf(name, metrics, log));
      const { devices: [device = "auto", ...others], threads } = placement;
      const copies = 1 + others.filter((other) => other === device).length;
      const onConverted = conversionProgress(terminal, name);
      const options = { ...loadOptions({ ...own, device, threads }), copies, onConverted };
      const model = await loadModel(directory, { ...options, name, runtime });
      const batcher = batcherOf(model, { ...own, metrics, answers });
      served.push({ model, batcher, scorer: createScorer(model, batcher) });
    }
    const memberOf = new ModelSet(served);
    const mixed = mixtures.map((each) => serveMixture(each, (name) => memberOf.find(name)));
    return new ModelSet<ServedModel>([...served, ...mixed]);
  } catch (error) {
    for (const { model } of served) await model[Symbol.asyncDispose]();
    throw error;
  }
}

/** An end of what computes is told in metrics, and in a line with its words. */
function watchOf(model: string, metrics: Metrics, log: (line: string) => void): EngineWatch {
  return {
    onDeath({ reason, message }) {
      metrics.recordDeath(model, reason);
      log(`abacus: warning: ${model}: ${message}; another is started in its place`);
    },
    onMemory: (replica, bytes) => metrics.recordEngineMemory({ model, replica, bytes }),
  };
}

/** Models that are loaded, each with its own queue. */
type LoadedModels = (ServedModel & LoadedMember)[];

/** What bounds a queue. */
type Queued = Pick<
  Settings,
  "maxBatchTokens" | "maxQueue" | "maxQueueTokens" | "maxCreditTokens"
>;

/** What all queues have in common. */
interface Common {
  readonly metrics: Metrics;
  readonly answers: AnswerCache | undefined;
}

function batcherOf(
  model: LoadedModel,
  { metrics, answers, ...settings }: Queued & Common,
): Batcher {
  return new Batcher(model.engine, {
    limits: {
      maxTokens: settings.maxBatchTokens,
      maxQueued: settings.maxQueue,
      maxQueuedTokens: settings.maxQueueTokens,
      maxPlannedTokens: settings.maxCreditTokens,
    },
    onBatch: (batch) => metrics.recordBatch(model.name, batch),
    onFault: (kind) => metrics.recordFault(model.name, kind),
    answers: answers?.of(model.name),
  });
}
