import assert from "node:assert/strict";
import { settingsSchema } from "../src/settings.ts";
import { servingSettings } from "../src/settings_serving.ts";

const settings = servingSettings();
type Name = keyof typeof settings;

Deno.test("serving settings are part of the program's settings", () => {
  for (const name of Object.keys(settings)) assert.ok(name in settingsSchema.shape, name);
});

const bounds: readonly [name: Name, within: readonly string[], without: readonly string[]][] = [
  ["port", ["0", "65535"], ["-1", "65536", "http"]],
  ["maxQueue", ["1", "16777216"], ["0", "16777217", "1.5"]],
  ["deadlineMs", ["0", "86400000"], ["-1", "86400001", "2s"]],
  ["maxBodyMb", ["1", "1024"], ["0", "1025"]],
  ["drainMs", ["0", "3600000"], ["-1", "3600001"]],
];

for (const [name, within, without] of bounds) {
  Deno.test(`${name} is accepted within its bounds only`, () => {
    for (const text of within) assert.equal(settings[name].parse(text), Number(text), text);
    for (const text of without) {
      const message = settings[name].safeParse(text).error?.issues[0]?.message;
      assert.match(message ?? "", /^an integer from /, text);
    }
  });
}
