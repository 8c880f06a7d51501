/**
 * Reward source: fetches the rewards of completions from one reward server or several, through the public
 * client that any other trainer would use.
 *
 * @module
 */

import {
  type CompletionRewards,
  type ModelFacts,
  RewardClient,
  RewardClientError,
} from "../../client/mod.ts";
import { AbacusError, messageOf } from "../../errors.ts";
import { chosenModel } from "./chosen_model.ts";
import { type CreditChoice, serverCredit } from "./credit.ts";
import type { Span } from "../../text/encoding.ts";
import type { CompletionText, TokenizerIdentity } from "./policy_text.ts";
import { rewardCalls } from "./reward_requests.ts";
import { type RewardServer, RewardServers, unavailable } from "./reward_servers.ts";
import { expectSameModel, probe, type ServedModel } from "./same_model.ts";
import { type Telling, type TellingChoice, tellingOf } from "./telling.ts";

/** The reward of one completion. */
export interface Reward {
  readonly score: number;
  /** One per token of the policy. They sum to the score minus the method's offset. */
  readonly perToken: Float64Array;
  /** The units that credit was given to, as ranges of tokens that cover all; absent where they are tokens. */
  readonly units?: readonly Span[];
  /** Share of the reward model's attention on the completion; 1 if the method does not read attention. */
  readonly responseMass: number;
}

/** Gives rewards to completions. */
export interface RewardSource {
  /** The name of the reward model. */
  readonly model: string;
  /** Whether it is told the policy's token ids. @default it is told texts */
  readonly takesIds?: boolean;
  /** Whether it is a mixture, whose rewards are sums of its members'. @default it is one model */
  readonly isMixture?: boolean;
  /**
   * @throws {AbacusError} `training_failed` if the server is unavailable or refuses; `cancelled` if the
   * signal aborts first
   */
  fetchRewards(texts: readonly CompletionText[], signal?: AbortSignal): Promise<readonly Reward[]>;
}

/** Options of a reward source. */
export interface RewardSourceOptions {
  /** Of the servers, which all serve the model; at least one. */
  readonly urls: readonly string[];
  readonly apiKey?: string | undefined;
  /** The name of the model. @default the only one that the servers serve */
  readonly model?: string | undefined;
  readonly credit: CreditChoice;
  /** How completions are told. @default as texts, closed as the server does by itself */
  readonly telling?: TellingChoice;
  /** The policy's tokenizer. @default it is not known, and completions are told as texts */
  readonly tokenizer?: TokenizerIdentity | undefined;
  /** Requests of a step that each server may have at a time. @default 1 */
  readonly requestsInFlight?: number;
  /** How long a step may wait for its rewards, including all retries. */
  readonly timeoutMs: number;
  /** Aborts the wait for the servers to be ready. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the reason when a server becomes unavailable; once per outage. */
  readonly onUnavailable?: ((url: string, reason: string) => void) | undefined;
  /** Replaces the global `fetch`, for tests. */
  readonly fetch?: typeof fetch;
}

const asTexts: TellingChoice = { send: "text", ends: false };

/** The most completions of one request: a server computes them together, and a larger one gains nothing. */
const MOST_ITEMS = 64;

/**
 * Waits until all servers are ready, and checks that they serve the same model, and that it supports the credit
 * method.
 *
 * @throws {AbacusError} `training_failed` if one is not ready in time; `cancelled`; `bad_usage` for an
 * invalid address or key, a model that is not served or not named of several, a method or ids that it does not
 * support, or models that differ
 */
export async function openRewardSource(options: RewardSourceOptions): Promise<RewardSource> {
  const servers = serversOf(options);
  const model = await oneModel(servers, options);
  const { method } = serverCredit(options.credit);
  expectMethod(model, method);
  const { tokenizer } = options;
  const telling = tellingOf(model, options.telling ?? asTexts, { tokenizer, method });
  return {
    model: model.id,
    takesIds: telling.ids !== undefined,
    isMixture: model.members !== undefined,
    fetchRewards: (texts, signal) =>
      translatingErrors(
        { of: servers, reason: () => servers.reason, timeoutMs: options.timeoutMs },
        () => fetchRewards(texts, { servers, telling, options, signal }),
      ),
  };
}

/** Where there are several, none may keep a step waiting until there is no time left to ask another. */
function serversOf({ urls, timeoutMs, onUnavailable, fetch }: RewardSourceOptions): RewardServers {
  const patienceMs = urls.length > 1 ? timeoutMs / 2 : undefined;
  return usable(() => new RewardServers(urls, { patienceMs, onUnavailable, fetch }));
}

/** The model of the rewards, which all servers serve. */
async function oneModel(
  { each }: RewardServers,
  options: RewardSourceOptions,
): Promise<ModelFacts> {
  const { signal } = options;
  const served: ServedModel[] = [];
  for (const server of each) {
    const client = clientOf(server, options);
    const connection = { of: { each: [server] }, reason: () => server.reason, ...options };
    served.push(
      await translatingErrors(connection, async () => {
        await client.untilReady({ signal });
        const { url } = server;
        const model = chosenModel(await client.models({ signal }), { url, name: options.model });
        return {
          url,
          model,
          scores: each.length > 1 ? await probe(client, model) : [],
        };
      }),
    );
  }
  expectSameModel(served);
  return served[0]!.model;
}

/** A client of one server, or of several that stand behind its `fetch`. */
function clientOf(
  { base, fetch }: Pick<RewardServer, "base" | "fetch">,
  { apiKey, model, credit, timeoutMs }: RewardSourceOptions,
  { requests, items }: { requests: number; items: number } = { requests: 1, items: MOST_ITEMS },
): RewardClient {
  return usable(() =>
    new RewardClient({
      url: base,
      apiKey,
      model,
      credit: serverCredit(credit),
      timeoutMs,
      retries: Number.MAX_SAFE_INTEGER, // limited by the timeout
      concurrency: requests,
      maxItemsPerRequest: items,
      fetch,
    })
  );
}

/** @throws {AbacusError} `bad_usage` in place of the client's own error of an option */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const reason = messageOf(cause).replace("make a client", "use a reward server");
    throw new AbacusError("bad_usage", reason, { cause });
  }
}

function expectMethod({ id, credit_methods }: ModelFacts, method: string): void {
  const names = credit_methods.map(({ name }) => name);
  if (names.includes(method)) return;
  throw new AbacusError(
    "bad_usage",
    `Cannot train as the server's model ${id} gives credit by ${names.join(", ")} only, ` +
      `which --credit chooses from: received ${method}`,
  );
}

/**
 * Calls follow each other within one timeout. Each is divided into as many requests as may be sent at a time,
 * in the order of the completions: which request a completion is in, and what a server computes together,
 * does not depend on the time where every server has one at a time.
 */
async function fetchRewards(
  texts: readonly CompletionText[],
  { servers, telling, options, signal }: FetchOptions,
): Promise<Reward[]> {
  const { timeoutMs, requestsInFlight = 1 } = options;
  const requests = servers.each.length * requestsInFlight;
  const rewards: Reward[] = new Array(texts.length);
  const untilMs = performance.now() + timeoutMs;
  for (const { places, items, close } of rewardCalls(texts, telling)) {
    const perRequest = Math.min(MOST_ITEMS, Math.ceil(items.length / requests));
    const { base } = servers.each[0]!;
    const spread = { base, fetch: servers.fetch };
    const client = clientOf(spread, options, { requests, items: perRequest });
    const leftMs = Math.max(1, untilMs - performance.now());
    const { items: answers } = await client.score(items, { close, signal, timeoutMs: leftMs });
    for (const [i, { completions: [answer] }] of answers.entries()) {
      rewards[places[i]!] = rewardOf(answer!);
    }
  }
  return rewards;
}

interface FetchOptions {
  readonly servers: RewardServers;
  readonly telling: Telling;
  readonly options: RewardSourceOptions;
  readonly signal?: AbortSignal | undefined;
}

function rewardOf(answer: CompletionRewards): Reward {
  return {
    score: answer.score,
    perToken: answer.rewards,
    ...(answer.units === undefined ? {} : { units: covering(answer) }),
    responseMass: answer.response_mass ?? 1,
  };
}

/** The units, the last of them with what is paid nothing behind it. */
function covering({ units = [], rewards }: CompletionRewards): Span[] {
  return units.map(({ tokens: [, end] }, i): Span => [
    units[i - 1]?.tokens[1] ?? 0,
    i === units.length - 1 ? rewards.length : end,
  ]);
}

/** Who was asked, for messages. */
interface Connection {
  readonly of: { readonly each: readonly Pick<RewardServer, "url">[] };
  /** Why there was no answer; undefined if there was one. */
  readonly reason: () => string | undefined;
  readonly timeoutMs: number;
}

/** Turns the client's errors into those of the trainer. */
async function translatingErrors<T>(
  { of: { each }, reason: lastReason, timeoutMs }: Connection,
  request: () => Promise<T>,
): Promise<T> {
  const urls = each.map(({ url }) => url).join(", ");
  try {
    return await request();
  } catch (cause) {
    if (!(cause instanceof RewardClientError)) throw cause;
    const { kind, message, path, status } = cause;
    if (kind === "aborted") {
      const why = `the run was stopped while it waited for ${urls}`;
      const received = lastReason() ?? "no answer yet";
      throw new AbacusError("cancelled", `Cannot get rewards as ${why}: received ${received}`, {
        cause,
      });
    }
    // A model that failed to load has the status of one that is still loading, but never will be ready.
    const isStarting = unavailable.has(status ?? 200) && kind !== "model_failure";
    const isGone = kind === "timeout" || kind === "network" || isStarting;
    const [reason, received] = isGone
      ? [`gave no answer in ${timeoutMs} ms`, lastReason() ?? "nothing"]
      : [`refused (${kind})`, message];
    throw new AbacusError(
      "training_failed",
      `Cannot get rewards as ${urls} ${reason}: received ${received}`,
      { cause, path },
    );
  }
}
