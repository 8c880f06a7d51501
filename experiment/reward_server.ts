/**
 * Reward server: the one process that scores the completions of all runs.
 *
 * @module
 */

import { AbacusError } from "../src/errors.ts";
import { type Program, runChild } from "./child.ts";

/** A server that answers. */
export interface RewardServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves once it has ended, whoever ended it, with its exit code. */
  readonly ended: Promise<number>;
}

/** How it is started. */
export interface ServerOptions {
  readonly words: readonly string[];
  readonly log: string;
  /** Ends it at once, also while it is still loading its model. */
  readonly hard: AbortSignal;
}

/**
 * Starts `serve` and waits until it notes its address, which it does when the model is loaded. The
 * gentle stop does not reach it: runs that are being stopped still have scores to wait for.
 *
 * @throws {AbacusError} `bad_usage` where it ends before, which the log explains
 */
export async function startRewardServer(
  program: Program,
  { words, log, hard: impatient }: ServerOptions,
): Promise<RewardServer> {
  const gentle = new AbortController();
  const hard = new AbortController();
  const address = Promise.withResolvers<string>();
  let notes = "";
  const ended = runChild(program, words, {
    log,
    stop: { gentle: gentle.signal, hard: AbortSignal.any([hard.signal, impatient]) },
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
  early.catch(() => {}); // From here on its end is told by `ended`.
  return {
    url,
    ended,
    async [Symbol.asyncDispose]() {
      gentle.abort();
      const impatience = setTimeout(() => hard.abort(), 10_000);
      await ended;
      clearTimeout(impatience);
    },
  };
}
