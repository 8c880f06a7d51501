/**
 * Round: some posts, a number of them in flight, each timed.
 *
 * @module
 */

import process from "node:process";
import { Connection } from "./connection.ts";

/** What one round came to. */
export interface Round {
  readonly requestsPerS: number;
  /** Of each post, ascending. */
  readonly timesMs: readonly number[];
  /** The answers, in the order of the posts. */
  readonly bodies: readonly string[];
  /** Cores that this process kept busy. */
  readonly ownCores: number;
}

/** Sends the posts. @throws {Error} where one is not answered 200 */
export async function roundOf(
  url: URL,
  posts: readonly Uint8Array[],
  inFlight: number,
): Promise<Round> {
  const timesMs: number[] = [];
  const bodies = new Array<string>(posts.length);
  const waiting = posts.entries();
  const worker = async () => {
    using connection = new Connection(url);
    for (const [at, post] of waiting) {
      const started = performance.now();
      const { status, body } = await connection.send(post);
      timesMs.push(performance.now() - started);
      if (status !== 200) throw new Error(`a post was answered ${status}: ${body}`);
      bodies[at] = body;
    }
  };
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    requestsPerS: posts.length / seconds,
    timesMs: timesMs.toSorted((one, other) => one - other),
    bodies,
    ownCores: (user + system) / 1e6 / seconds,
  };
}

/** The time that a part of the posts, 0 to 1, was answered within, in milliseconds. */
export function quantileMs({ timesMs }: Round, part: number): number {
  return timesMs[Math.ceil(part * timesMs.length) - 1] ?? NaN;
}
