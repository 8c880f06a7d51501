import assert from "node:assert/strict";
import { defaultHttpSettings } from "../../src/http/settings.ts";
import { settingsSchema } from "../../src/settings.ts";

Deno.test("a server that was told nothing does what the command line's help says", () => {
  const { shape } = settingsSchema;
  const said = {
    maxBodyBytes: shape.maxBodyMb.parse(undefined) * 1_000_000,
    maxBodiesBytes: shape.maxBodiesMb.parse(undefined) * 1_000_000,
    overloadStatus: Number(shape.overloadStatus.parse(undefined)),
    deadlineMs: shape.deadlineMs.parse(undefined),
    apiKey: shape.apiKey.parse(undefined),
    publicMetrics: shape.publicMetrics.parse(undefined),
    corsOrigins: [shape.corsOrigin.parse(undefined) ?? []].flat(),
    logText: shape.logText.parse(undefined),
    accessLog: shape.log.parse(undefined),
  };
  assert.deepEqual({ ...defaultHttpSettings }, said);
});
