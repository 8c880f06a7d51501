/**
 * Early port: a host of sessions that is started before anybody asks for it. A process takes some tenths of a
 * second to come up, in which the model's files can be read here.
 *
 * @module
 */

import type { OpenPort, Port } from "./port.ts";

/** Opens ports, of which the first is open from the start; dispose of it once whoever wanted one has it. */
export class EarlyPort implements AsyncDisposable {
  readonly #open: OpenPort;
  #first: Port | undefined;

  constructor(open: OpenPort) {
    this.#open = open;
    this.#first = open();
  }

  /** The first one to whoever comes first, and then new ones. */
  readonly port: OpenPort = () => {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#open();
  };

  /** Ends the first one where nobody came for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const unused = this.#first;
    this.#first = undefined;
    await unused?.end();
  }
}
