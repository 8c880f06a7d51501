/**
 * The client's promise: whatever a server does, there are either the numbers that it sent, or an
 * error of the client, and that within the time of the call.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import {
  type CompletionRewards,
  type ItemRewards,
  RewardClientError,
} from "../../src/client/mod.ts";
import { decodeFloats, type Floats } from "../../src/wire/floats.ts";
import type { CompletionReply } from "../../src/wire/reply.ts";
import {
  app,
  broken,
  clientOver,
  items,
  json,
  passTime,
  type Play,
  playing,
  silent,
} from "./played.ts";

/** Every kind of value that JSON can hold in the place of another. */
const anything = fc.oneof(
  fc.constantFrom(null, true, "", "NaN", "AACAPw==", 0, -1, 0.5, 1e308, 2 ** 53),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The right answer with some value in it replaced, or left out. */
function vandal(choices: readonly { at: number; value: unknown }[]): Play {
  const play = app();
  return async (sent) => {
    const reply = await (await play(sent)).json();
    for (const { at, value } of choices) {
      const places = placesIn(reply);
      const place = places[at % places.length];
      if (place !== undefined) place.holder[place.key] = value;
    }
    return json(reply);
  };
}

interface Place {
  // deno-lint-ignore no-explicit-any -- lists and objects alike
  readonly holder: any;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { holder: value, key },
    ...placesIn((value as Record<string, unknown>)[key]),
  ]);
}

const right = app();

const play: fc.Arbitrary<Play> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(right) },
  {
    weight: 5,
    arbitrary: fc.array(
      fc.record({ at: fc.nat(), value: fc.oneof(anything, fc.constant(undefined)) }),
      { minLength: 1, maxLength: 3 },
    ).map(vandal),
  },
  { weight: 1, arbitrary: fc.constant(broken) },
  { weight: 1, arbitrary: fc.constant(silent) },
  {
    weight: 4,
    arbitrary: fc.record({
      status: fc.constantFrom(200, 201, 204, 302, 400, 401, 404, 413, 422, 429, 500, 502, 503, 504),
      body: fc.oneof(
        fc.string(),
        anything.map((value) => JSON.stringify(value)),
        fc.constant("<h1>"),
      ),
      type: fc.constantFrom("application/json", "text/html", ""),
      retryAfter: fc.constantFrom(
        "",
        "0",
        "1",
        "99999999999999999999",
        "Thu, 01 Jan 1970 00:01:00 GMT",
        "-5",
      ),
    }).map(({ status, body, type, retryAfter }): Play => () =>
      new Response(status === 204 ? null : body, {
        status,
        headers: {
          ...(type === "" ? {} : { "content-type": type }),
          ...(retryAfter === "" ? {} : { "retry-after": retryAfter }),
        },
      })
    ),
  },
);

/** Every completion in the answers, as it was sent. */
async function completionsIn(answers: readonly Response[]): Promise<CompletionReply[]> {
  const replies = await Promise.all(answers.map((answer) => answer.json().catch(() => undefined)));
  return replies.flatMap((reply) => Array.isArray(reply?.items) ? reply.items : [])
    .flatMap((item) => Array.isArray(item?.completions) ? item.completions : []);
}

/** Fails unless the completion is one that was sent, number by number. */
function requireSent(found: CompletionRewards, sent: readonly CompletionReply[]): void {
  const { score, rewards, offset = 0 } = found;
  assert.ok(Number.isFinite(score) && rewards.every(Number.isFinite));
  const total = rewards.reduce((sum, value) => sum + value, 0) + offset;
  assert.ok(Math.abs(total - score) <= 1e-4 * Math.max(1, Math.abs(score)));
  const isSent = sent.some((each) =>
    each?.score === score && isDeepStrictEqual(decoded(each.rewards), rewards) &&
    isDeepStrictEqual(decoded(each.credit), found.credit) &&
    isDeepStrictEqual(each.token_ids, found.token_ids) &&
    isDeepStrictEqual(each.offsets, found.offsets) && each.offset === found.offset &&
    each.response_mass === found.response_mass && each.truncated === found.truncated
  );
  assert.ok(isSent, `no server sent ${JSON.stringify(found)}`);
}

function decoded(floats: Floats | undefined): Float64Array | undefined {
  try {
    return floats === undefined ? undefined : decodeFloats(floats);
  } catch {
    return undefined;
  }
}

Deno.test("numbers that were sent, or a typed error, within the time, whatever the server does", async () => {
  const asked = items(5);
  const limits = { maxItemsPerRequest: 2, concurrency: 2, retries: 3, timeoutMs: 10_000 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(play, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (plays, each) => {
        const answers: Response[] = [];
        const heard = [...plays, right].map((play): Play => async (sent) => {
          const response = await play(sent);
          answers.push(response.clone());
          return response;
        });
        const { client, clock } = clientOver(playing(...heard), limits);
        const work: Promise<{ items: readonly (ItemRewards | RewardClientError)[] }> = each
          ? client.scoreEach(asked)
          : client.score(asked);
        const { value, error, atMs } = await passTime(clock, work, { stepMs: 500 });
        assert.ok(atMs <= limits.timeoutMs, `over after ${atMs} ms`);
        assert.equal(clock.pending, 0, "no alarm is left");
        if (error !== undefined) {
          assert.ok(error instanceof RewardClientError, String((error as Error)?.stack));
          return;
        }
        assert.equal(value?.items.length, asked.length);
        const sent = await completionsIn(answers);
        for (const [i, item] of (value?.items ?? []).entries()) {
          if (item instanceof RewardClientError) assert.ok(each);
          else {
            assert.equal(item.completions.length, asked[i]?.completions.length);
            for (const completion of item.completions) requireSent(completion, sent);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
