/**
 * What the main thread and the engine's worker say to each other.
 *
 * @module
 */

import type { Device } from "./devices.ts";
import type { Feeds } from "./feeds.ts";
import type { Output } from "./verdicts.ts";

/** Opens a session on one device. */
export interface OpenRequest {
  readonly kind: "open";
  readonly model: Uint8Array<ArrayBuffer>;
  readonly device: Device;
  readonly threads: number;
  /** A small batch that is run once, so that the first request finds everything warm. */
  readonly warmUp: Feeds;
}

/** Runs one batch. */
export interface RunRequest {
  readonly kind: "run";
  readonly feeds: Feeds;
}

/** What the worker is asked; after `close`, which releases the session, nothing more. */
export type WorkerRequest =
  & (OpenRequest | RunRequest | { readonly kind: "close" })
  & { readonly id: number };

/** What a session opened with. */
export interface Opened {
  readonly kind: "opened";
  /** Share of heavy nodes on the device itself. */
  readonly onDevice: number;
}

/** What a batch came to. */
export interface Ran {
  readonly kind: "ran";
  readonly logits: Output;
  readonly credit: Output;
  readonly inferenceMs: number;
}

/** The session is released. */
export interface Closed {
  readonly kind: "closed";
}

/** What went wrong, in the runtime's own words. */
export interface Failed {
  readonly kind: "failed";
  readonly message: string;
}

/** What the worker answers. */
export type WorkerReply = (Opened | Ran | Closed | Failed) & { readonly id: number };
