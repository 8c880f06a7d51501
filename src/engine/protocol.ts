/**
 * What the main thread and the engine's worker say to each other.
 *
 * @module
 */

import type { Feed, Feeds, Outputs } from "./arrays.ts";
import type { Device } from "./devices.ts";
import type { TensorPart } from "./persistent_tensors.ts";
import type { Sweep } from "./sweep.ts";

/** A part of a float32 persistent tensor: the elements from `offset` on, with dims of their own. */
export interface TensorView {
  readonly tensor: string;
  readonly offset: number;
  readonly dims: readonly number[];
}

/** Which inputs and outputs of a run are bound to persistent tensors of the worker. */
export interface TensorBindings {
  /** By input: the tensor, or the part of one, that it is read from without a copy. */
  readonly use?: Readonly<Record<string, string | TensorView>>;
  /**
   * By output: the tensor whose value it replaces, or the part of one that it is written into. A part is of no
   * use where the run fails.
   */
  readonly keep?: Readonly<Record<string, string | TensorView>>;
  /** The graph is run once for each slice of long tensors. @default once */
  readonly sweep?: Sweep | undefined;
}

/** Asks for a session over a serialised graph. */
export interface LoadRequest {
  readonly name: string;
  readonly model: Uint8Array<ArrayBuffer>;
  readonly device: Device;
  /** Which of several GPUs. @default the first */
  readonly deviceId?: number;
  readonly threads: number;
  /** As {@linkcode SessionOptions.lean}. */
  readonly lean?: boolean;
  /** A small batch that is run once, so that the first request finds everything warm. */
  readonly warmUp?: Feeds;
}

/** Asks for one run of a session. */
export interface RunRequest extends TensorBindings {
  readonly name: string;
  readonly feeds: Feeds;
}

/** What a run came to. */
export interface Ran {
  /** The outputs that are not bound to persistent tensors. */
  readonly outputs: Outputs;
  /** Time inside the runtime alone. */
  readonly runMs: number;
}

/** Every call by its kind: what is asked, and what is answered. After `close` its host answers no more. */
export interface Calls {
  load: { request: LoadRequest; reply: { readonly onDevice: number } };
  unload: { request: { readonly name: string }; reply: void };
  put: { request: { readonly name: string; readonly feed: Feed }; reply: void };
  get: { request: { readonly name: string; readonly part?: TensorPart }; reply: Feed };
  run: { request: RunRequest; reply: Ran };
  close: { request: Record<never, never>; reply: void };
}

/** What goes to the worker. */
export interface WorkerRequest<K extends keyof Calls = keyof Calls> {
  readonly id: number;
  /** Whose sessions are meant, where several share the worker. @default 0 */
  readonly host?: number;
  readonly kind: K;
  readonly request: Calls[K]["request"];
}

/** What comes back: the reply, or the name and the words of the error. */
export type WorkerReply =
  & { readonly id: number }
  & (
    | { readonly reply: Calls[keyof Calls]["reply"] }
    | { readonly failure: { readonly name: string; readonly message: string } }
  );
