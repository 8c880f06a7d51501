/**
 * The client of Abacus: scores completions over HTTP, with a reward for every token.
 *
 * It imports only types of `wire/`, so the npm package consists of these files alone.
 *
 * @module
 */

export {
  type AskOptions,
  type EachResult,
  RewardClient,
  type RewardResult,
  type ScoreOptions,
  type WaitOptions,
} from "./client.ts";
export type { RewardClientOptions } from "./options.ts";
export { type ClientErrorDetails, type ClientErrorKind, RewardClientError } from "./error.ts";
export type { RewardItemInput } from "./requests.ts";
export type { CompletionRewards, ItemRewards } from "./reply.ts";
export type { CallFacts, RequestRecord } from "./tally.ts";
export type { ModelFacts } from "./models.ts";
export type { ClientClock } from "./clock.ts";
