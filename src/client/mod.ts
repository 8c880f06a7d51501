/**
 * The client of Abacus: scores completions and gets a reward for every token, over HTTP.
 *
 * Takes types from `wire/` and nothing else, so that nothing but these files travels with it.
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
export type { RewardItemInput } from "./written_item.ts";
export type { CompletionRewards, ItemRewards } from "./reply.ts";
export type { CallFacts, RequestRecord } from "./tally.ts";
export type { ModelFacts } from "./models.ts";
export type { ClientClock } from "./clock.ts";
