/**
 * How much one request may ask for. One record, so that the schema, the documentation and
 * `GET /v1/models` cannot disagree.
 *
 * @module
 */

/** The most of everything that a request may hold. */
export interface WireLimits {
  /** Items of one request. */
  readonly items: number;
  /** Completions of one item. */
  readonly completionsPerItem: number;
  /** Completions of one request, over all items. */
  readonly completionsPerRequest: number;
  /** Messages of one conversation. */
  readonly messages: number;
  /** UTF-16 units of one text. */
  readonly charactersPerText: number;
  /** Ids in one list of ids, and spans in one list of spans. */
  readonly tokensPerList: number;
}

/** The limits unless others are set. */
export const defaultWireLimits: WireLimits = {
  items: 4_096,
  completionsPerItem: 1_024,
  completionsPerRequest: 4_096,
  messages: 1_024,
  charactersPerText: 1_000_000,
  tokensPerList: 262_144,
};
