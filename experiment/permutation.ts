/**
 * Permutation: a server in front of the reward server that puts the shares of every completion in a random
 * order. It is the control for whether the place of credit matters: score, sizes of the rewards and what the
 * last token gets besides its share are those of the method, and only their places are not.
 *
 * @module
 */

import { randomStream, shuffle } from "../src/ppo/math/random.ts";
import { decodeFloats, type Floats } from "../src/wire/floats.ts";

/** A running server. */
export interface PermutingServer extends AsyncDisposable {
  readonly url: string;
}

/** Where the server is, and what it asks. */
export interface PermutingOptions {
  /** The address of the reward server. */
  readonly of: string;
  /** On this machine; 0 for any. */
  readonly port: number;
}

/** Hop-by-hop headers, and those that no longer describe the body. */
const ownHeaders = ["connection", "content-encoding", "content-length", "transfer-encoding"];

/** Starts the server. Every route but the one of rewards is passed on as it is. */
export function servePermuted({ of, port }: PermutingOptions): PermutingServer {
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const reply = await fetch(`${of}${pathname}${search}`, {
      method: request.method,
      headers: without(request.headers, ["host", ...ownHeaders]),
      signal: request.signal,
      ...(text === "" ? {} : { body: text }),
    });
    const headers = without(reply.headers, ownHeaders);
    const body = await reply.text();
    const permuted = reply.ok && pathname === "/v1/rewards"
      ? JSON.stringify(permutedReply(JSON.parse(text), JSON.parse(body)))
      : body;
    return new Response(permuted, { status: reply.status, headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The part of a request that the order is drawn from. */
interface Asked {
  readonly items: readonly { readonly completions: readonly unknown[] }[];
}

/** The part of a reply that is changed, and what it follows from. */
interface Answered {
  readonly credit: { readonly beta: number };
  readonly items: readonly {
    readonly completions: readonly { readonly score: number; readonly rewards: Floats }[];
  }[];
}

/** A reply of the reward server with the shares of each completion in another order. */
export function permutedReply<Reply extends Answered>({ items }: Asked, reply: Reply): Reply {
  const { credit: { beta } } = reply;
  return {
    ...reply,
    items: reply.items.map(({ completions }, i) => ({
      completions: completions.map(({ score, rewards, ...others }, j) => {
        const rest = (1 - beta) * score;
        const text = JSON.stringify([items[i], items[i]!.completions[j]]);
        // The shares would have to move with the rewards; nothing reads them.
        const { credit: _, ...kept } = others as { credit?: unknown };
        return { ...kept, score, rewards: permutedRewards(decodeFloats(rewards), { rest, text }) };
      }),
    })),
  };
}

/**
 * The rewards in another order, except for the rest of the score, which stays with the last token. The order
 * is drawn from the text, so that a run that is resumed gets the same rewards again.
 */
export function permutedRewards(
  rewards: Float64Array,
  { rest, text }: { readonly rest: number; readonly text: string },
): number[] {
  const last = rewards.length - 1;
  if (last < 1) return [...rewards];
  const earned = [...rewards].map((reward, t) => t === last ? reward - rest : reward);
  const random = randomStream({ seed: 0, step: 0, purpose: `order of shares: ${text}` });
  return shuffle(random, earned).map((reward, t) => t === last ? reward + rest : reward);
}

function without(headers: Headers, names: readonly string[]): Headers {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}
