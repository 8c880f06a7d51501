import assert from "node:assert/strict";
import { doctor } from "../../src/cli/doctor.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

async function examine(json: boolean) {
  const terminal = new RecordingTerminal();
  const { signal } = new AbortController();
  const code = await doctor.run({ operands: [], settings: { json }, terminal, signal });
  return { code, text: terminal.printed.join("\n") };
}

Deno.test("doctor shows each device with its provider, and ends with 0 as the CPU works", async () => {
  const { code, text } = await examine(false);
  assert.equal(code, 0);
  assert.match(text, /^cpu: works\n +provider +\/.*libonnxruntime\.so\.1\n +memory +[\d.]+ GB, /);
  assert.match(text, /\n\nwebgpu: /);
  assert.match(text, /\n\ncuda(:0)?: /);
});

Deno.test("with --json the findings are data", async () => {
  const { text } = await examine(true);
  const [cpu, ...others] = JSON.parse(text);
  assert.deepEqual([cpu.place, cpu.works], ["cpu", true]);
  for (const { works, remedy } of others) assert.ok(works || remedy.length > 0);
});
