/**
 * Reward server: the process that scores the completions of all runs.
 *
 * @module
 */

import { AbacusError } from "../src/errors.ts";
import { type Program, runChild } from "./child.ts";

/** A running server. */
export interface RewardServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves with its exit code once it has exited. */
  readonly ended: Promise<number>;
}

/** Options of the server. */
export interface ServerOptions {
  readonly words: readonly string[];
  readonly log: string;
  /** Kills it, also while it is loading its model. */
  readonly hard: AbortSignal;
}

/**
 * Starts `serve` and waits until it prints its address, once the model is loaded. The gentle stop does not
 * apply to it, as runs that are stopping still wait for scores.
 *
 * @throws {AbacusError} `bad_usage` if it exits before; the log has the reason
 */
export async function startRewardServer(
  program: Program,
  { words, log, hard: killed }: ServerOptions,
): Promise<RewardServer> {
  const gentle = new AbortController();
  const hard = new AbortController();
  const address = Promise.withResolvers<string>();
  let notes = "";
  const ended = runChild(program, words, {
    log,
    stop: { gentle: gentle.signal, hard: AbortSignal.any([hard.signal, killed]) },
    onOutput(text) {
      notes += text;
      const url = /(http:\/\/\S+)\s/.exec(notes)?.[1];
      if (url !== undefined) address.resolve(url);
    },
  });
  const early = ended.then((code) => {
    throw new AbacusError(
      "bad_usage",
      `Cannot start the reward server as it ended with code ${code}: received ${
        notes.trim().split("\n").at(-1)
      }`,
    );
  });
  const url = await Promise.race([address.promise, early]);
  early.catch(() => {}); // from here on `ended` reports its exit
  return {
    url,
    ended,
    async [Symbol.asyncDispose]() {
      gentle.abort();
      const timeout = setTimeout(() => hard.abort(), 10_000);
      await ended;
      clearTimeout(timeout);
    },
  };
}
