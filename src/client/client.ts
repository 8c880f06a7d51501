/**
 * RewardClient: many completions in, a score and a reward for every token out, or an error that says
 * why not. Needs nothing but `fetch`, so it runs in Deno, Node, Bun and browsers alike.
 *
 * @module
 */

import { type Call, runCall } from "./call.ts";
import { RewardClientError } from "./error.ts";
import { askPatiently, type Line, readAnswer } from "./exchange.ts";
import { Lifeline } from "./lifeline.ts";
import { type ModelFacts, type Readiness, readModels, readReadiness } from "./models.ts";
import { checkTimeout, type RewardClientOptions, type Settings, settingsOf } from "./options.ts";
import { recoverAll, recoverEach } from "./recovery.ts";
import type { ItemRewards } from "./reply.ts";
import type { CallFacts } from "./tally.ts";
import type { RequestHead, RewardItemInput } from "./written_item.ts";

/** What belongs to one call and not to its client. */
export interface AskOptions {
  /** Ends the call: its error is `aborted`, and nothing is sent any more. */
  readonly signal?: AbortSignal | undefined;
  /** What this call may take, retries included. @default the client's */
  readonly timeoutMs?: number | undefined;
}

/** How items are to be scored; what is left out is as the client was told. */
export interface ScoreOptions extends AskOptions, Pick<RequestHead, "credit" | "truncate"> {
  /** The model that must answer. */
  readonly model?: string | undefined;
}

/** Every item with its rewards. */
export interface RewardResult extends CallFacts {
  /** In the order of the call. */
  readonly items: readonly ItemRewards[];
}

/** Every item with its rewards or with its error. */
export interface EachResult {
  /** In the order of the call. */
  readonly items: readonly (ItemRewards | RewardClientError)[];
  /** What the answers had in common; undefined where no item was scored. */
  readonly facts: CallFacts | undefined;
}

/** How {@linkcode RewardClient.untilReady} waits. */
export interface WaitOptions extends AskOptions {
  /** The pause between two looks. @default 500 */
  readonly intervalMs?: number | undefined;
}

/**
 * A client of one Abacus server. Holds no connection and no state: share it, and let go of it.
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
   * Scores all items, in as many requests as it takes, or none.
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
   * Scores what can be scored: an item that fails bears its error, and costs no other its rewards.
   * That goes for the call's end too: items that were not scored by then bear `timeout`.
   *
   * @throws {RewardClientError} what concerns the call as a whole: `aborted`, a key, a model or a
   * route that the server does not know, a request that no item is to blame for
   */
  async scoreEach(
    items: readonly RewardItemInput[],
    options: ScoreOptions = {},
  ): Promise<EachResult> {
    const { facts, outcomes } = await this.#call(items, options, recoverEach);
    return { facts, items: outcomes.map(required) };
  }

  /** What the server has loaded, with its limits and credit methods. @throws {RewardClientError} */
  async models(options: AskOptions = {}): Promise<ModelFacts[]> {
    return await this.#within(options, async (line) => {
      return readAnswer(await askPatiently({ method: "GET", path: "v1/models" }, line), readModels);
    });
  }

  /**
   * Whether the server can score at this moment. Asks once.
   *
   * @throws {RewardClientError} where no server answers, or another
   */
  async ready(options: AskOptions = {}): Promise<boolean> {
    return await this.#within(options, async (line) => await readiness(line) === "ready");
  }

  /**
   * Waits until the server can score: through its start, which may not even listen yet.
   *
   * @throws {RewardClientError} `model_failure` where its model failed to load, `timeout`, `aborted`,
   * or what another server answered
   */
  async untilReady({ intervalMs = 500, ...options }: WaitOptions = {}): Promise<void> {
    await this.#within(options, async (line) => {
      while (await readinessOrSilence(line) !== "ready") await line.lifeline.sleep(intervalMs);
    });
  }

  #call(items: readonly RewardItemInput[], options: ScoreOptions, recover: Call["recover"]) {
    const { model = this.#settings.model, credit = this.#settings.credit, truncate } = options;
    const { encoding } = this.#settings;
    // JSON leaves out what is undefined, and the server then has its defaults.
    const head: RequestHead = { credit, model, truncate, encoding };
    return this.#within(options, (line) => runCall({ items, head, line, recover }));
  }

  /** Gives `work` a lifeline, and ends it whatever comes of the work. */
  async #within<T>(
    { signal, timeoutMs = this.#settings.timeoutMs }: AskOptions,
    work: (line: Line) => Promise<T>,
  ): Promise<T> {
    const settings = this.#settings;
    const { clock } = settings;
    const lifeline = new Lifeline({ signal, timeoutMs: checkTimeout(timeoutMs), clock });
    try {
      return await work({ settings, lifeline });
    } finally {
      lifeline.close();
    }
  }
}

async function readiness({ lifeline, settings }: Line): Promise<Readiness | undefined> {
  const once = { lifeline, settings: { ...settings, retries: 0 } };
  try {
    const question = { method: "GET", path: "readyz", alsoReads: 503 } as const;
    return readAnswer(await askPatiently(question, once), readReadiness);
  } catch (error) {
    // Whatever stands before the server says that it is not there.
    const isUnavailable = error instanceof RewardClientError && error.status !== undefined &&
      [502, 503, 504].includes(error.status);
    if (isUnavailable && lifeline.reason === undefined) return undefined;
    throw error;
  }
}

async function readinessOrSilence(line: Line): Promise<Readiness | undefined> {
  try {
    const state = await readiness(line);
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

/** Every batch is answered or refused before a call ends. */
function required<T>(outcome: T | undefined): T {
  if (outcome === undefined) throw new TypeError("Cannot finish as an item has no outcome");
  return outcome;
}
