/**
 * Reward source: fetches the rewards of completions from a reward server, through the public client that
 * any other trainer would use.
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
import { type CreditChoice, serverCredit } from "./credit.ts";
import type { Span } from "../../text/encoding.ts";
import type { CompletionText, TokenizerIdentity } from "./policy_text.ts";
import { rewardCalls } from "./reward_requests.ts";
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
  /**
   * @throws {AbacusError} `training_failed` if the server is unavailable or refuses; `cancelled` if the
   * signal aborts first
   */
  fetchRewards(texts: readonly CompletionText[], signal?: AbortSignal): Promise<readonly Reward[]>;
}

/** Options of a reward source. */
export interface RewardServer {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly credit: CreditChoice;
  /** How completions are told. @default as texts, closed as the server does by itself */
  readonly telling?: TellingChoice;
  /** The policy's tokenizer. @default it is not known, and completions are told as texts */
  readonly tokenizer?: TokenizerIdentity | undefined;
  /** How long a step may wait for its rewards, including all retries. */
  readonly timeoutMs: number;
  /** Aborts the wait for the server to be ready. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the reason when the server becomes unavailable; once per outage. */
  readonly onUnavailable?: ((reason: string) => void) | undefined;
  /** Replaces the global `fetch`, for tests. */
  readonly fetch?: typeof fetch;
}

const asTexts: TellingChoice = { send: "text", ends: false };

/**
 * Waits until the server is ready, and checks that it supports the credit method.
 *
 * @throws {AbacusError} `training_failed` if it is not ready in time; `cancelled`; `bad_usage` for an
 * invalid address or key, or a method or ids that the model does not support
 */
export async function openRewardSource(server: RewardServer): Promise<RewardSource> {
  const outage = new OutageDetector(server.onUnavailable);
  const client = clientOf(server, outage);
  const connection = { server, outage };
  const [model] = await translatingErrors(connection, async () => {
    const { signal } = server;
    await client.untilReady({ signal });
    return await client.models({ signal });
  });
  if (model === undefined) throw noModel(server.url);
  expectMethod(model, serverCredit(server.credit).method);
  const telling = tellingOf(model, server.telling ?? asTexts, server.tokenizer);
  const { timeoutMs } = server;
  return {
    model: model.id,
    takesIds: telling.ids !== undefined,
    fetchRewards: (texts, signal) =>
      translatingErrors(
        connection,
        () => fetchRewards(client, texts, { telling, timeoutMs, signal }),
      ),
  };
}

function clientOf(server: RewardServer, outage: OutageDetector): RewardClient {
  const { url, apiKey, credit, timeoutMs } = server;
  try {
    return new RewardClient({
      url,
      apiKey,
      credit: serverCredit(credit),
      timeoutMs,
      retries: Number.MAX_SAFE_INTEGER, // limited by the timeout
      // The composition of the server's batches affects the last bits of a score: with concurrent
      // requests a step would not be reproducible.
      concurrency: 1,
      fetch: outage.watch(server.fetch ?? fetch),
    });
  } catch (cause) {
    const reason = messageOf(cause).replace("make a client", "use a reward server");
    throw new AbacusError("bad_usage", reason, { cause });
  }
}

/** Statuses of a server that is starting, and of a proxy without one. */
const unavailable: ReadonlySet<number> = new Set([502, 503, 504]);

/** Detects when the server stops answering, and reports it once until it answers again. */
class OutageDetector {
  readonly #report: (reason: string) => void;
  #reason: string | undefined;

  constructor(report: (reason: string) => void = () => {}) {
    this.#report = report;
  }

  /** Why the last request had no answer; undefined if it had one. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The same `fetch`, observed. */
  watch(send: typeof fetch): typeof fetch {
    return async (input, init) => {
      try {
        const response = await send(input, init);
        const { status } = response;
        this.#set(unavailable.has(status) ? `the status ${status}` : undefined);
        return response;
      } catch (error) {
        const isAborted = init?.signal?.aborted === true;
        if (!isAborted) this.#set(reasonOf(error));
        throw error;
      }
    };
  }

  #set(reason: string | undefined): void {
    if (reason !== undefined && this.#reason === undefined) this.#report(reason);
    this.#reason = reason;
  }
}

/** Includes the cause, as some platforms say only "fetch failed" in the message. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && !message.includes(cause.message)
    ? `${message} (${reasonOf(cause)})`
    : message;
}

function expectMethod({ id, credit_methods }: ModelFacts, method: string): void {
  const names = credit_methods.map(({ name }) => name);
  if (names.includes(method)) return;
  throw new AbacusError(
    "bad_usage",
    `Cannot train as the server's model ${id} gives credit by ${names.join(", ")} only: ` +
      `received ${method}`,
  );
}

function noModel(url: string): AbacusError {
  const message = `Cannot get rewards as ${url} serves no model: received an empty list of models`;
  return new AbacusError("training_failed", message);
}

/** Calls follow each other within one timeout. */
async function fetchRewards(
  client: RewardClient,
  texts: readonly CompletionText[],
  { telling, timeoutMs, signal }: FetchOptions,
): Promise<Reward[]> {
  const rewards: Reward[] = new Array(texts.length);
  const untilMs = performance.now() + timeoutMs;
  for (const { places, items, close } of rewardCalls(texts, telling)) {
    const leftMs = Math.max(1, untilMs - performance.now());
    const { items: answers } = await client.score(items, { close, signal, timeoutMs: leftMs });
    for (const [i, { completions: [answer] }] of answers.entries()) {
      rewards[places[i]!] = rewardOf(answer!);
    }
  }
  return rewards;
}

interface FetchOptions {
  readonly telling: Telling;
  readonly timeoutMs: number;
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

/** Turns the client's errors into those of the trainer. */
async function translatingErrors<T>(
  { server: { url, timeoutMs }, outage }: { server: RewardServer; outage: OutageDetector },
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    if (!(cause instanceof RewardClientError)) throw cause;
    const { kind, message, path, status } = cause;
    if (kind === "aborted") {
      const why = `the run was stopped while it waited for ${url}`;
      const received = outage.reason ?? "no answer yet";
      throw new AbacusError("cancelled", `Cannot get rewards as ${why}: received ${received}`, {
        cause,
      });
    }
    // A model that failed to load has the status of one that is still loading, but never will be ready.
    const isStarting = unavailable.has(status ?? 200) && kind !== "model_failure";
    const isGone = kind === "timeout" || kind === "network" || isStarting;
    const [reason, received] = isGone
      ? [`gave no answer in ${timeoutMs} ms`, outage.reason ?? "nothing"]
      : [`refused (${kind})`, message];
    throw new AbacusError(
      "training_failed",
      `Cannot get rewards as ${url} ${reason}: received ${received}`,
      { cause, path },
    );
  }
}
