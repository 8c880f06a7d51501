import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { stopOnSignals } from "../../experiment/stop.ts";

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
