/**
 * Runs the tests and closes with one line that counts them: `N passed, N failed`, and how many were
 * skipped where some were. What the tests print passes through as it comes; the exit code is theirs.
 *
 * The everyday tests leave out suites that take long: whole processes, training, browsers, packages, graphs on a
 * GPU in software. `--all` runs these too, one file after another, as some measure time.
 *
 * @module
 */

import process from "node:process";
import { closingLine, type Counts, countsOf, sumOf } from "./run/counts.ts";
import { everyTest, slowSuites } from "./support/slow.ts";

const permissions = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net=127.0.0.1,localhost,0.0.0.0,[::1]",
  "--allow-ffi",
  "--allow-sys",
  "--allow-run",
];

/** One call of `deno test`. */
interface TestRun {
  readonly paths: readonly string[];
  readonly all: boolean;
}

/**
 * The examples of documentation, then the everyday tests side by side, then the slow ones; or what was
 * asked for. Deno 2.9 ignores nothing where it is given several folders, so each run has one.
 */
function runsFor(paths: readonly string[], all: boolean): readonly TestRun[] {
  if (paths.length > 0) return [{ paths, all }];
  const everyday = ["--parallel", `--ignore=${slowSuites.join()}`, "tests/"];
  const runs = [["--doc", "src/"], everyday, ...all ? [slowSuites] : []];
  return runs.map((paths) => ({ paths, all }));
}

async function run(words: readonly string[]): Promise<number> {
  const all = words.includes("--all");
  const counts: (Counts | undefined)[] = [];
  let worst = 0;
  for (const each of runsFor(words.filter((word) => word !== "--all"), all)) {
    const { code, output } = await test(each);
    counts.push(countsOf(output));
    worst = Math.max(worst, code === 0 && counts.at(-1) === undefined ? 1 : code);
  }
  if (!all && words.length === 0) {
    print(`\nleft out, as deno task test --all runs them: ${slowSuites.join(", ")}`);
  }
  print(`\n${closingLine(sumOf(counts), { succeeded: worst === 0 })}\n`);
  return worst;
}

async function test({ paths, all }: TestRun): Promise<{ code: number; output: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", ...permissions, ...paths],
    env: {
      NO_COLOR: "1",
      // onnxruntime reports its use to its makers unless it is told not to.
      ORT_DISABLE_TELEMETRY: "1",
      ...all ? { [everyTest]: "1" } : {},
    },
    stdout: "piped",
  });
  const child = command.spawn();
  const last: string[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    print(text);
    last.push(text);
    if (last.length > 1_000) last.splice(0, 500, last.slice(0, 500).join("").slice(-10_000));
  }
  return { code: (await child.status).code, output: last.join("") };
}

function print(text: string): void {
  process.stdout.write(text);
}

if (import.meta.main) process.exit(await run(Deno.args));
