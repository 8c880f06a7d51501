import assert from "node:assert/strict";
import { backoffMs, retryAfterMs, sleep, withTimeout } from "../../../src/model/hub/backoff.ts";

Deno.test("pauses double from a second to two minutes", () => {
  assert.deepEqual([1, 2, 3, 4, 8, 50].map(backoffMs), [
    1_000,
    2_000,
    4_000,
    8_000,
    120_000,
    120_000,
  ]);
});

const now = Date.parse("2024-01-01T00:00:00Z");

const waits: [header: string | undefined, ms: number | undefined][] = [
  ["0", 0],
  ["30", 30_000],
  [" 5 ", 5_000],
  ["Mon, 01 Jan 2024 00:01:00 GMT", 60_000],
  ["Sun, 31 Dec 2023 23:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
];

for (const [header, ms] of waits) {
  Deno.test(`Retry-After: ${header ?? "(absent)"} asks to wait ${ms ?? "an unknown number of"} ms`, () => {
    const headers = new Headers(header === undefined ? {} : { "Retry-After": header });
    assert.equal(retryAfterMs(headers, now), ms);
  });
}

Deno.test("a pause ends with its time, or with the signal's reason", async () => {
  await sleep(0, undefined);
  const stop = new AbortController();
  const pause = sleep(1_000_000, stop.signal);
  stop.abort("SIGINT");
  await assert.rejects(pause, (reason) => reason === "SIGINT");
  await assert.rejects(sleep(0, stop.signal), (reason) => reason === "SIGINT");
});

Deno.test("work in time keeps its result and its error, work without end fails", async () => {
  assert.equal(await withTimeout(Promise.resolve(3), 1_000_000), 3);
  await assert.rejects(withTimeout(Promise.reject(new TypeError("own")), 1_000_000), TypeError);
  await assert.rejects(withTimeout(new Promise(() => {}), 0), /^Error: nothing arrived for 0 s$/);
});
