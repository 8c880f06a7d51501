import assert from "node:assert/strict";
import { admissionSettings } from "../src/settings_admission.ts";

const { maxQueue, maxQueueTokens, deadlineMs, overloadStatus, maxBodyMb, maxBodiesMb, cacheMb } =
  admissionSettings();

Deno.test("a server that is told nothing takes on what a trainer sends, and not without bound", () => {
  const said = [maxQueue, maxQueueTokens, deadlineMs, overloadStatus, maxBodyMb, maxBodiesMb]
    .map((setting) => setting.parse(undefined));
  assert.deepEqual(said, [8_192, 4_194_304, 120_000, "503", 10, 512]);
});

Deno.test("overload has one of two statuses, and bounds are at least 1", () => {
  assert.equal(overloadStatus.parse("429"), "429");
  assert.throws(() => overloadStatus.parse("500"), /one of 503, 429/);
  for (const setting of [maxQueue, maxQueueTokens, maxBodyMb, maxBodiesMb]) {
    assert.throws(() => setting.parse("0"), /an integer from 1 to/);
  }
  assert.deepEqual([deadlineMs.parse("0"), cacheMb.parse(undefined)], [0, 0]);
});
