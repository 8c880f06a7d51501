import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { stopAfter, stopOnSignals } from "../../experiment/stop.ts";

Deno.test("the first signal stops gently, one right behind it is the same, a later one is hard", async () => {
  const { gentle, hard } = stopOnSignals();
  try {
    assert.ok(!gentle.aborted);
    process.emit("SIGINT");
    process.emit("SIGINT");
    assert.ok(gentle.aborted && !hard.aborted);
    await wait(550);
    process.emit("SIGTERM");
    assert.ok(hard.aborted);
  } finally {
    process.removeAllListeners("SIGINT");
    process.removeAllListeners("SIGTERM");
  }
});

Deno.test("a limit of time stops gently; the user's signals are still obeyed", () => {
  const [gentle, hard] = [new AbortController(), new AbortController()];
  const stop = { gentle: gentle.signal, hard: hard.signal };
  assert.deepEqual(stopAfter(Infinity, stop), stop);
  assert.ok(stopAfter(0, { ...stop, gentle: AbortSignal.abort() }).gentle.aborted);
  const limited = stopAfter(60, stop);
  assert.ok(!limited.gentle.aborted);
  gentle.abort();
  assert.ok(limited.gentle.aborted && !limited.hard.aborted);
});
