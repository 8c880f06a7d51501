import assert from "node:assert/strict";
import { rewardsOf, serversFor } from "../../../src/cli/ppo/reward_servers.ts";
import { PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import { settingsSchema } from "../../../src/settings.ts";
import { goldenDirectory } from "../../support/golden_model.ts";
import { policyDirectory } from "../../ppo/golden_policy.ts";
import { RecordingTerminal } from "../recording_terminal.ts";

const usual = {
  ...settingsSchema.parse({}),
  model: goldenDirectory("llama"),
  device: "cpu" as const,
};
const { signal } = new AbortController();
const training = { credit: { method: "abc", beta: 0.8 } } as const;

Deno.test("given servers are used as they are, and left running", async () => {
  const server = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
  const terminal = new RecordingTerminal();
  await using servers = await serversFor({ settings: { ...usual, server }, signal, terminal });
  assert.deepEqual([servers.urls, terminal.notes], [server, []]);
});

Deno.test("without one a server starts, which ends with the block", async () => {
  const terminal = new RecordingTerminal();
  const call = { settings: { ...usual, threads: 1 }, signal, terminal };
  let url = "";
  {
    await using servers = await serversFor(call);
    url = servers.urls[0]!;
    assert.match(
      terminal.notes[0]!,
      /^starting a reward server on .*llama \(cpu\), as --server is not/,
    );
    const policy = { text: await PolicyText.load(policyDirectory("llama")) };
    const rewards = await rewardsOf(call, { servers, training, policy });
    assert.deepEqual([rewards.model, rewards.takesIds], ["llama", false]);
    const asking = (rewardModel: string) =>
      rewardsOf({ ...call, settings: { ...call.settings, rewardModel } }, {
        servers,
        training,
        policy,
      });
    assert.equal((await asking("llama")).model, "llama");
    await assert.rejects(asking("other"), {
      kind: "bad_usage",
      message: /serves 'llama', and --reward-model names another one: received 'other'$/,
    });
  }
  await assert.rejects(fetch(`${url}/readyz`));
});

Deno.test("a server that is unavailable is named, with how long it will be asked", async () => {
  const terminal = new RecordingTerminal();
  const [url] = ["http://127.0.0.1:1"];
  const settings = { ...usual, server: [url], rewardTimeoutMs: 300 };
  await using servers = await serversFor({ settings, signal, terminal });
  const policy = { text: await PolicyText.load(policyDirectory("llama")) };
  await assert.rejects(rewardsOf({ settings, signal, terminal }, { servers, training, policy }), {
    kind: "training_failed",
  });
  assert.match(
    terminal.notes.join("\n"),
    /^http:\/\/127\.0\.0\.1:1 does not answer \(.*\); retrying for/,
  );
});
