import assert from "node:assert/strict";
import { join } from "node:path";
import { pull, pullCommand } from "../../src/cli/pull.ts";
import { fakeHub, type FakeHubOptions, fakeSleep } from "../model/hub/fake_hub.ts";
import { safetensors, temporaryDirectory } from "../support/checkpoint.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

const files = {
  "config.json": "{}",
  "tokenizer.json": "{}",
  "model.safetensors": safetensors([{ name: "w", shape: [1000], data: new Float32Array(1000) }]),
};

/** Runs the command against a hub on the loopback. */
async function run(
  hubOptions: Partial<FakeHubOptions> = {},
  signal = new AbortController().signal,
) {
  await using hub = fakeHub({ files, ...hubOptions });
  await using models = await temporaryDirectory();
  const terminal = new RecordingTerminal();
  const command = pullCommand({ hubUrl: hub.url, sleep: fakeSleep().sleep });
  const settings = { models: models.path, revision: "v1", hubToken: "secret" };
  const code = await command.run({ operands: ["owner/reward"], settings, terminal, signal });
  return { code, terminal, models: models.path, requests: hub.requests };
}

Deno.test("pull prints the directory, and notes what is new and how to serve it", async () => {
  const { code, terminal, models, requests } = await run();
  assert.equal(code, 0);
  assert.deepEqual(terminal.printed, [join(models, "owner/reward")]);
  assert.deepEqual(terminal.notes, [
    "pulled owner/reward at commit aaaaaaa: 3 files, 4.1 kB, 4.1 kB new",
    `serve it with: deno task serve --models ${models} --model owner/reward`,
  ]);
  assert.equal(requests[0]?.authorization, "Bearer secret");
});

Deno.test("pull warns of a model without tokenizer.json", async () => {
  const { "tokenizer.json": _, ...rest } = files;
  const { code, terminal } = await run({ files: rest });
  assert.equal(code, 0);
  assert.match(terminal.notes[1] ?? "", /no tokenizer\.json, without which it cannot be served/);
});

Deno.test("a stopped pull says how to go on and ends with 130", async () => {
  const { code, terminal } = await run({}, AbortSignal.abort("SIGINT"));
  assert.deepEqual([code, terminal.printed], [130, []]);
  assert.deepEqual(terminal.notes, ["stopped; the same command resumes there"]);
});

Deno.test("a pull that fails leaves the failure to the program", async () => {
  const gated = () => new Response(null, { status: 403, headers: { "X-Error-Code": "GatedRepo" } });
  await assert.rejects(run({ misbehave: gated }), { kind: "unauthorized", message: /gated/ });
});

Deno.test("pull takes one operand and reads the settings of the hub", () => {
  assert.deepEqual(pull.operands.map(({ name }) => name), ["ID"]);
  assert.deepEqual(pull.settings, ["models", "revision", "hubToken"]);
});
