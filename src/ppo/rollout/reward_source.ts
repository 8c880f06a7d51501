/**
 * Reward source: what a running server says of completions. The only place where the trainer meets the
 * server, and it does so as any other trainer would.
 *
 * @module
 */

import { type ModelFacts, RewardClient, RewardClientError } from "../../client/mod.ts";
import { AbacusError, messageOf } from "../../errors.ts";
import { askedOfServer, type CreditChoice } from "./credit_choice.ts";
import type { WrittenText } from "./policy_text.ts";

/** What the server said of one completion. */
export interface Judgement {
  readonly score: number;
  /** One per token of the policy. They add up to the score, less the method's offset. */
  readonly rewards: Float64Array;
  /** The part of the reward model's attention that fell on the completion; 1 where none was read. */
  readonly responseMass: number;
}

/** Judges completions. */
export interface RewardSource {
  /** The name of the model that judges. */
  readonly model: string;
  /**
   * @throws {AbacusError} `training_failed` where the server stayed away or refused; `cancelled` where
   * the signal came first
   */
  judge(texts: readonly WrittenText[], signal?: AbortSignal): Promise<readonly Judgement[]>;
}

/** Where and how to ask. */
export interface RewardServer {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly credit: CreditChoice;
  /** How long a step may wait for its rewards, with all retries. */
  readonly timeoutMs: number;
  /** Ends the waiting for the server to be ready. */
  readonly signal?: AbortSignal | undefined;
  /** Told once, with the reason, where the server cannot be reached, and again after it has answered. */
  readonly onSilence?: ((reason: string) => void) | undefined;
  /** Takes the place of the platform's, for tests. */
  readonly fetch?: typeof fetch;
}

/**
 * Waits until the server is ready, and makes sure that it can give the credit.
 *
 * @throws {AbacusError} `training_failed` where it does not become so in time, `cancelled`, or
 * `bad_usage` for an address or a key that cannot be right and for a method that the model cannot serve
 */
export async function openRewardSource(server: RewardServer): Promise<RewardSource> {
  const silence = new Silence(server.onSilence);
  const client = clientOf(server, silence);
  const line = { server, silence };
  const [model] = await told(line, async () => {
    const { signal } = server;
    await client.untilReady({ signal });
    return await client.models({ signal });
  });
  if (model !== undefined) expectMethod(model, askedOfServer(server.credit).method);
  return {
    model: model?.id ?? "unknown",
    judge: (texts, signal) => told(line, () => judge(client, texts, signal)),
  };
}

function clientOf(server: RewardServer, silence: Silence): RewardClient {
  const { url, apiKey, credit, timeoutMs } = server;
  try {
    return new RewardClient({
      url,
      apiKey,
      credit: askedOfServer(credit),
      timeoutMs,
      retries: Number.MAX_SAFE_INTEGER, // The time limits them.
      // What a server computes together decides the last bits of a score: a step of several requests
      // that came at once would not be the same twice.
      concurrency: 1,
      fetch: silence.watch(server.fetch ?? fetch),
    });
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      messageOf(cause).replace("make a client", "ask a reward server"),
      { cause },
    );
  }
}

/** What a server says that is not there yet, and what a proxy says in its place. */
const unavailable: ReadonlySet<number> = new Set([502, 503, 504]);

/** Notices when nobody answers, and tells it once, until somebody does. */
class Silence {
  readonly #tell: (reason: string) => void;
  #reason: string | undefined;

  constructor(tell: (reason: string) => void = () => {}) {
    this.#tell = tell;
  }

  /** What came instead of the last answer; undefined where one came. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The same `fetch`, watched. */
  watch(send: typeof fetch): typeof fetch {
    return async (input, init) => {
      try {
        const response = await send(input, init);
        const { status } = response;
        this.#set(unavailable.has(status) ? `the status ${status}` : undefined);
        return response;
      } catch (error) {
        const ended = init?.signal?.aborted === true;
        if (!ended) this.#set(reasonOf(error));
        throw error;
      }
    };
  }

  #set(reason: string | undefined): void {
    if (reason !== undefined && this.#reason === undefined) this.#tell(reason);
    this.#reason = reason;
  }
}

/** Platforms that say only "fetch failed" have the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
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

async function judge(
  client: RewardClient,
  texts: readonly WrittenText[],
  signal?: AbortSignal,
): Promise<Judgement[]> {
  const items = texts.map(({ prompt, completion, spans }) => ({
    prompt,
    completions: [completion],
    token_spans: [spans.map(([start, end]): [number, number] => [start, end])],
  }));
  const { items: answers } = await client.score(items, { signal });
  return answers.map(({ completions: [answer] }) => ({
    score: answer!.score,
    rewards: answer!.rewards,
    responseMass: answer!.response_mass ?? 1,
  }));
}

/** The client's errors in the trainer's words. */
async function told<T>(
  { server: { url, timeoutMs }, silence }: { server: RewardServer; silence: Silence },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof RewardClientError)) throw cause;
    const { kind, message, path, status } = cause;
    if (kind === "aborted") {
      const why = `the run was stopped while it waited for ${url}`;
      const received = silence.reason ?? "no answer yet";
      throw new AbacusError("cancelled", `Cannot get rewards as ${why}: received ${received}`, {
        cause,
      });
    }
    // A model that failed to load has the status of one that is not there yet, and never will be.
    const absent = unavailable.has(status ?? 200) && kind !== "model_failure";
    const gone = kind === "timeout" || kind === "network" || absent;
    const [reason, received] = gone
      ? [`gave no answer in ${timeoutMs} ms`, silence.reason ?? "nothing"]
      : [`refused (${kind})`, message];
    throw new AbacusError(
      "training_failed",
      `Cannot get rewards as ${url} ${reason}: received ${received}`,
      { cause, path },
    );
  }
}
