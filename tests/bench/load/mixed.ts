/**
 * Mixed load: every protocol at random for some minutes, with clients that leave, bad requests, wrong keys and
 * bursts to four times of what the queue takes.
 *
 *     deno task bench:mixed --help
 *
 * Each answer must be a reply equal to the one that the same request got by itself, or an error in the
 * protocol's own form with a status that fits. Nothing may be lost; memory in the last fifth of the time must not
 * be more than 5 % above that in the second; nothing may be left in the queue. Fails otherwise.
 *
 * @module
 */

import { taskFlags } from "../../../src/cli/task.ts";
import assert from "node:assert/strict";
import { help, integer } from "../../../src/settings_readers.ts";
import { startServer } from "../../e2e/program.ts";
import { seeded } from "../seeded.ts";
import { type Ask, askAlone, asksOf } from "./asks.ts";
import { Connection } from "./connection.ts";
import { residentBytes } from "./memory.ts";
import { Tally } from "./tally.ts";

/** Places in the queue; a burst asks for four times as many completions. */
const QUEUE = 256;

const key = "of-the-load";

const { flags: { seconds, seed }, others } = taskFlags({
  name: "bench:mixed",
  summary:
    "every protocol at random, with bad requests and bursts; words behind -- are flags of serve",
  others: true,
  flags: {
    seconds: integer(1, 86_400).default(300).register(help, {
      value: "S",
      description: "how long",
    }),
    seed: integer(0, 2 ** 31).default(1).register(help, {
      value: "N",
      description: "of the random requests",
    }),
  },
});
await bench(seconds, seeded(seed));

async function bench(seconds: number, random: () => number): Promise<void> {
  const flags = ["--log=off", "--exit-with-stdin", `--max-queue=${QUEUE}`, ...others];
  await using server = await startServer(flags, { ABACUS_API_KEY: key });
  const url = new URL(server.url);
  const asks: Ask[] = [];
  for (const ask of asksOf({ url, key, random })) asks.push(await askAlone(ask, url));
  say(`${asks.length} requests of ${new Set(asks.map(({ name }) => name)).size} protocols`);
  const tally = new Tally();
  const seen: Seen[] = [];
  await loadFor(1_000 * seconds, { url, asks, random, tally }, async (partDone) => {
    seen.push({ partDone, bytes: await residentBytes(server.program.pid) });
  });
  await requireIdle(url);
  say(tally.text());
  const [before, after] = [medianOf(seen, 0.2, 0.4), medianOf(seen, 0.8, 1)];
  const growth = after / before - 1;
  say(`memory: ${(before / 2 ** 20).toFixed(0)} MiB, then ${(100 * growth).toFixed(1)} % more`);
  assert.equal(tally.faults.length, 0, tally.faults.slice(0, 10).join("\n"));
  assert.ok(growth <= 0.05, "memory grew by more than 5 %");
}

/** The memory of the server at some time. */
interface Seen {
  /** Of the whole time, 0 to 1. */
  readonly partDone: number;
  readonly bytes: number;
}

/** The median of what was seen within some part of the time: single looks depend on when V8 last cleaned up. */
function medianOf(seen: readonly Seen[], from: number, to: number): number {
  const bytes = seen.filter(({ partDone }) => partDone >= from && partDone <= to)
    .map(({ bytes }) => bytes).toSorted((one, other) => one - other);
  assert.ok(bytes.length > 0, `nothing was seen between ${from} and ${to} of the time`);
  return bytes[bytes.length >> 1]!;
}

interface Load {
  readonly url: URL;
  readonly asks: readonly Ask[];
  readonly random: () => number;
  readonly tally: Tally;
}

/** Waves of requests, of which every fourth is a burst; each wave is waited for, and looked at. */
async function loadFor(
  ms: number,
  { url, asks, random, tally }: Load,
  look: (partDone: number) => Promise<void>,
): Promise<void> {
  const startMs = performance.now();
  const partDone = () => Math.min(1, (performance.now() - startMs) / ms);
  for (let wave = 1; partDone() < 1; wave++) {
    const isBurst = wave % 4 === 0;
    const inFlight = isBurst ? 4 * QUEUE : Math.ceil(QUEUE / 4);
    let left = isBurst ? inFlight : 4 * inFlight;
    const worker = async () => {
      using connection = new Connection(url);
      while (left-- > 0 && partDone() < 1) {
        const ask = asks[Math.floor(asks.length * random())]!;
        await tally.count(ask, random(), connection);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    await look(partDone());
  }
}

/** Fails unless the server is ready, and holds nothing. What abandoned requests had begun may still end. */
async function requireIdle(url: URL): Promise<void> {
  const ready = await fetch(new URL("/readyz", url));
  assert.equal(ready.status, 200, await ready.text());
  const left = async () => {
    const text = await (await fetch(new URL("/metrics", url))).text();
    return [...text.matchAll(
      /^abacus_(?:queue_depth|queue_tokens|admitted_completions|running_batches)\{.*\} (\d+)$/gm,
    )].map(([, value]) => Number(value));
  };
  for (let tries = 0; tries < 50; tries++) {
    const values = await left();
    assert.ok(values.length >= 4, "the metrics of the queue are missing");
    if (values.every((value) => value === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(await left(), [0, 0, 0, 0]);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
