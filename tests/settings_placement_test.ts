import assert from "node:assert/strict";
import { settingsSchema } from "../src/settings.ts";
import { placementSettings } from "../src/settings_placement.ts";

const { device, replicas, threads } = placementSettings();

Deno.test("settings of placement are part of the program's settings", () => {
  for (const name of Object.keys(placementSettings())) {
    assert.ok(name in settingsSchema.shape, name);
  }
});

Deno.test("devices are a list of names that there are", () => {
  assert.equal(device.parse(undefined), "auto");
  assert.equal(device.parse("cuda:0,cuda:1"), "cuda:0,cuda:1");
  const message = device.safeParse("gpu").error?.issues[0]?.message;
  assert.match(message ?? "", /^one of auto, cpu, webgpu, cuda, cuda:N, or up to 64 of them/);
});

Deno.test("replicas and threads have bounds", () => {
  assert.deepEqual([replicas.parse("1"), replicas.parse("64"), threads.parse("1024")], [
    1,
    64,
    1024,
  ]);
  for (const text of ["0", "65", "two"]) assert.ok(!replicas.safeParse(text).success, text);
});
