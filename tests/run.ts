/**
 * Runs the tests and closes with one line that counts them: `N passed, N failed`, and how many were
 * skipped where some were. What the tests print passes through as it comes; the exit code is theirs.
 *
 * @module
 */

import process from "node:process";
import { closingLine, countsOf } from "./run/counts.ts";

const permissions = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net=127.0.0.1,localhost,0.0.0.0,[::1]",
  "--allow-ffi",
  "--allow-sys",
  "--allow-run",
];

/** Paths to test, and the doc examples of src/ where all are asked for. */
function argumentsFor(paths: readonly string[]): string[] {
  return ["test", ...permissions, ...paths.length === 0 ? ["--doc", "src/", "tests/"] : paths];
}

async function run(paths: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: argumentsFor(paths),
    // onnxruntime reports its use to its makers unless it is told not to.
    env: { NO_COLOR: "1", ORT_DISABLE_TELEMETRY: "1" },
    stdout: "piped",
  });
  const child = command.spawn();
  const last: string[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    process.stdout.write(text);
    last.push(text);
    if (last.length > 1_000) last.splice(0, 500, last.slice(0, 500).join("").slice(-10_000));
  }
  const { code } = await child.status;
  const counts = countsOf(last.join(""));
  process.stdout.write(`\n${closingLine(counts, { succeeded: code === 0 })}\n`);
  return code === 0 && counts === undefined ? 1 : code;
}

if (import.meta.main) process.exit(await run(Deno.args));
