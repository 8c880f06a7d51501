/**
 * Port: what carries requests to where they are computed, a thread or a process, and replies back.
 *
 * @module
 */

import type { WorkerReply, WorkerRequest } from "./protocol.ts";

/** Who hears what comes through a port. */
export interface Listener {
  reply(reply: WorkerReply): void;
  /**
   * Nothing more will come.
   *
   * @param reason in a word or two, for a counter
   * @param elsewhere whether it died over a call of others, who share the host
   */
  death(words: string, reason: string, elsewhere?: boolean): void;
}

/** One end of a connection to a host of sessions. */
export interface Port {
  /** Sends a request. @param transfer buffers that may be given away on the way */
  post(request: WorkerRequest, transfer: Transferable[]): void;
  /** Says who hears; called once, before anything is posted. */
  listen(listener: Listener): void;
  /** Ends the other side at once, whatever it does. */
  end(): Promise<void>;
}

/** Opens the way to a new host. */
export type OpenPort = () => Port;

/** Why calls were left without an answer. */
export class RuntimeDied extends Error {
  /** In a word or two: a signal's name, an exit code. */
  readonly reason: string;
  /** Whether this call was the one that was under way; the others only waited behind it. */
  readonly underWay: boolean;

  /** @param message which names what ended it */
  constructor(message: string, { reason, underWay }: { reason: string; underWay: boolean }) {
    super(message);
    this.name = "RuntimeDied";
    this.reason = reason;
    this.underWay = underWay;
  }
}
