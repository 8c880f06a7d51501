import assert from "node:assert/strict";
import { installCudaCommand } from "../../src/cli/install_cuda.ts";
import { missingLibraries } from "../../src/cuda/libraries.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

Deno.test("install-cuda leaves what is there, and fails on a folder without the wheels", async () => {
  await using empty = await temporaryDirectory();
  const terminal = new RecordingTerminal();
  const { signal } = new AbortController();
  const call = { operands: [empty.path], settings: {}, terminal, signal };
  if (missingLibraries().length > 0) {
    await assert.rejects(installCudaCommand.run(call), {
      kind: "bad_device",
      message: /Cannot install \S+ as it cannot be had/,
    });
    return assert.deepEqual(terminal.printed, []);
  }
  assert.equal(await installCudaCommand.run(call), 0);
  assert.ok(terminal.notes.includes("libcudart.so.13 was there already"));
});
