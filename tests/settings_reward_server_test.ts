import assert from "node:assert/strict";
import { settingsSchema } from "../src/settings.ts";
import { rewardServerSettings } from "../src/settings_reward_server.ts";

const settings = rewardServerSettings();

Deno.test("settings of reward servers are part of the program's settings", () => {
  for (const name of Object.keys(settings)) assert.ok(name in settingsSchema.shape, name);
});

Deno.test("a server is an address with its scheme, and several have commas between them", () => {
  const [one, other] = ["http://127.0.0.1:8080", "https://rewards.example/judge"];
  for (const url of [one, other]) assert.deepEqual(settings.server.parse(` ${url} `), [url]);
  assert.deepEqual(settings.server.parse(`${one}, ${other}`), [one, other]);
  assert.equal(settings.server.parse(undefined), undefined);
  const wrong = ["127.0.0.1:8080", "localhost:8080", "ftp://127.0.0.1", "http://", "", `${one},`];
  for (const url of wrong) {
    const { error } = settings.server.safeParse(url);
    assert.equal(error?.issues[0]?.message, "an address such as http://127.0.0.1:8080", url);
  }
  const many = settings.server.safeParse(Array(257).fill(one).join(","));
  assert.equal(many.error?.issues[0]?.message, "at most 256 addresses");
});

Deno.test("a reward model is named, or is the only one", () => {
  assert.equal(settings.rewardModel.parse("both"), "both");
  assert.equal(settings.rewardModel.parse(undefined), undefined);
  assert.equal(settings.rewardModel.safeParse(" ").success, false);
});

Deno.test("by default ends are told, and ids wherever that is possible", () => {
  assert.equal(settings.send.parse(undefined), "auto");
  assert.equal(settings.sendEndOfText.parse(undefined), true);
  assert.equal(settings.requestsInFlight.parse(undefined), 1);
});
