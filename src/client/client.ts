/**
 * RewardClient: scores completions, with a reward for every token. It needs only `fetch`, so it runs in
 * Deno, Node, Bun and browsers.
 *
 * @module
 */

import { type Call, runCall } from "./call.ts";
import { RewardClientError } from "./error.ts";
import { askWithRetries, type CallContext, readAnswer } from "./exchange.ts";
import { RequestScope } from "./request_scope.ts";
import { type ModelFacts, type Readiness, readModels, readReadiness } from "./models.ts";
import { checkTimeout, type RewardClientOptions, type Settings, settingsOf } from "./options.ts";
import { recoverAll, recoverEach } from "./recovery.ts";
import type { ItemRewards } from "./reply.ts";
import type { CallFacts } from "./tally.ts";
import type { RequestHead, RewardItemInput } from "./requests.ts";

/** Options of one call. */
export interface AskOptions {
  /** Aborts the call with the error `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** The timeout of the call, retries included. @default the client's */
  readonly timeoutMs?: number | undefined;
}

/** How items are scored. The defaults are the client's options. */
export interface ScoreOptions
  extends AskOptions, Pick<RequestHead, "credit" | "truncate" | "close"> {
  /** The model that must answer. */
  readonly model?: string | undefined;
}

/** The rewards of every item. */
export interface RewardResult extends CallFacts {
  /** In the order of the call. */
  readonly items: readonly ItemRewards[];
}

/** The rewards or the error of every item. */
export interface EachResult {
  /** In the order of the call. */
  readonly items: readonly (ItemRewards | RewardClientError)[];
  /** Undefined where no item was scored. */
  readonly facts: CallFacts | undefined;
}

/** How {@linkcode RewardClient.untilReady} waits. */
export interface WaitOptions extends AskOptions {
  /** The pause between two checks. @default 500 */
  readonly intervalMs?: number | undefined;
}

/**
 * A client of one Abacus server. It holds no connection and no state, so it can be shared and needs no
 * closing.
 *
 * @example Scoring with a server that stands in for a real one
 * ```ts
 * import { RewardClient } from "./client.ts";
 * import { fakeApp } from "../../tests/http/fake_app.ts";
 * import assert from "node:assert/strict";
 *
 * const { app } = fakeApp();
 * const fetch = async (url: string | URL | Request, init?: RequestInit) => await app.request(url, init);
 * const client = new RewardClient({ url: "http://127.0.0.1:8080", fetch });
 * const { items: [item] } = await client.score([
 *   { prompt: "The movie was", completions: [" a delight.", " dull."] },
 * ]);
 * const [first] = item?.completions ?? [];
 * assert.deepEqual(first?.offsets, [[0, 2], [2, 10], [10, 11]]);
 * assert.equal(first?.rewards.length, 3);
 * ```
 */
export class RewardClient {
  readonly #settings: Settings;

  /** @throws {TypeError} for an option that cannot be right */
  constructor(options: RewardClientOptions) {
    this.#settings = settingsOf(options);
  }

  /**
   * Scores all items, in as many requests as needed, or fails as a whole.
   *
   * @throws {RewardClientError} the first failure; `path` leads into `items`
   */
  async score(
    items: readonly RewardItemInput[],
    options: ScoreOptions = {},
  ): Promise<RewardResult> {
    const tally = await this.#call(items, options, recoverAll);
    const { facts, outcomes } = tally;
    if (facts === undefined) throw new TypeError("Cannot finish as nothing was answered");
    return { ...facts, items: outcomes.map(orThrow) };
  }

  /**
   * Scores every item that can be scored. An item that fails has its error as the result, and the
   * others keep their rewards. After the timeout, items that were not scored have the error `timeout`.
   *
   * @throws {RewardClientError} errors of the call as a whole: `aborted`, an unknown key, model or
   * route, a request that is wrong apart from its items
   */
  async scoreEach(
    items: readonly RewardItemInput[],
    options: ScoreOptions = {},
  ): Promise<EachResult> {
    const { facts, outcomes } = await this.#call(items, options, recoverEach);
    return { facts, items: outcomes.map(required) };
  }

  /** The loaded models, with their limits and credit methods. @throws {RewardClientError} */
  async models(options: AskOptions = {}): Promise<ModelFacts[]> {
    return await this.#within(options, async (context) => {
      return readAnswer(
        await askWithRetries({ method: "GET", path: "v1/models" }, context),
        readModels,
      );
    });
  }

  /**
   * Whether the server can score now. Sends one request.
   *
   * @throws {RewardClientError} where no server answers, or one that is not Abacus
   */
  async ready(options: AskOptions = {}): Promise<boolean> {
    return await this.#within(options, async (context) => await readiness(context) === "ready");
  }

  /**
   * Waits until the server can score, also where it does not listen yet.
   *
   * @throws {RewardClientError} `model_failure` where its model failed to load, `timeout`, `aborted`,
   * or the error of an answer that is not one of Abacus
   */
  async untilReady({ intervalMs = 500, ...options }: WaitOptions = {}): Promise<void> {
    await this.#within(options, async (context) => {
      while (await readinessOrSilence(context) !== "ready") await context.scope.sleep(intervalMs);
    });
  }

  #call(items: readonly RewardItemInput[], options: ScoreOptions, recover: Call["recover"]) {
    const { model = this.#settings.model, credit = this.#settings.credit } = options;
    const { truncate, close } = options;
    const { encoding } = this.#settings;
    // JSON leaves out undefined fields, for which the server has defaults.
    const head: RequestHead = { credit, model, truncate, close, encoding };
    return this.#within(options, (context) => runCall({ items, head, context, recover }));
  }

  /** Runs `work` in a scope of its own. */
  async #within<T>(
    { signal, timeoutMs = this.#settings.timeoutMs }: AskOptions,
    work: (context: CallContext) => Promise<T>,
  ): Promise<T> {
    const settings = this.#settings;
    const { clock } = settings;
    const scope = new RequestScope({ signal, timeoutMs: checkTimeout(timeoutMs), clock });
    try {
      return await work({ settings, scope });
    } finally {
      scope.close();
    }
  }
}

async function readiness({ scope, settings }: CallContext): Promise<Readiness | undefined> {
  const once = { scope, settings: { ...settings, retries: 0 } };
  try {
    const question = { method: "GET", path: "readyz", alsoReads: 503 } as const;
    return readAnswer(await askWithRetries(question, once), readReadiness);
  } catch (error) {
    // A proxy before the server says that it is not there.
    const isUnavailable = error instanceof RewardClientError && error.status !== undefined &&
      [502, 503, 504].includes(error.status);
    if (isUnavailable && scope.reason === undefined) return undefined;
    throw error;
  }
}

async function readinessOrSilence(context: CallContext): Promise<Readiness | undefined> {
  try {
    const state = await readiness(context);
    if (state !== "failed") return state;
  } catch (error) {
    const isSilent = error instanceof RewardClientError && error.kind === "network";
    if (isSilent) return undefined;
    throw error;
  }
  throw new RewardClientError("model_failure", "Cannot wait as the server's model failed to load", {
    status: 503,
    attempts: 1,
  });
}

function orThrow(outcome: ItemRewards | RewardClientError | undefined): ItemRewards {
  const item = required(outcome);
  if (item instanceof RewardClientError) throw item;
  return item;
}

/** Every request is answered or refused before a call ends. */
function required<T>(outcome: T | undefined): T {
  if (outcome === undefined) throw new TypeError("Cannot finish as an item has no outcome");
  return outcome;
}
