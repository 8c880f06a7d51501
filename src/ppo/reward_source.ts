/**
 * Reward source: what a running server says of completions. The only place where the trainer meets the
 * server, and it does so as any other trainer would.
 *
 * @module
 */

import { RewardClient, RewardClientError } from "../client/mod.ts";
import { AbacusError } from "../errors.ts";
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
  /** Takes the place of the platform's, for tests. */
  readonly fetch?: typeof fetch;
}

/**
 * Waits until the server is ready.
 *
 * @throws {AbacusError} `training_failed` where it does not become so in time
 */
export async function openRewardSource(server: RewardServer): Promise<RewardSource> {
  const client = new RewardClient({
    url: server.url,
    apiKey: server.apiKey,
    credit: askedOfServer(server.credit),
    timeoutMs: server.timeoutMs,
    retries: 8,
    fetch: server.fetch,
  });
  const [model] = await told(server, async () => {
    await client.untilReady();
    return await client.models();
  });
  return {
    model: model?.id ?? "unknown",
    judge: (texts, signal) => told(server, () => judge(client, texts, signal)),
  };
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
async function told<T>({ url }: RewardServer, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof RewardClientError)) throw cause;
    const kind = cause.kind === "aborted" ? "cancelled" : "training_failed";
    const attempts = cause.attempts > 1 ? ` after ${cause.attempts} attempts` : "";
    throw new AbacusError(
      kind,
      `Cannot get rewards from ${url} (${cause.kind}${attempts}): ${cause.message}`,
      { cause, ...(cause.path === undefined ? {} : { path: cause.path }) },
    );
  }
}
