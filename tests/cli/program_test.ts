import assert from "node:assert/strict";
import { defineCommand } from "../../src/cli/command.ts";
import type { CommandEntry } from "../../src/cli/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { AbacusError } from "../../src/errors.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

const greet: CommandEntry = {
  name: "greet",
  summary: "says hello",
  load: () =>
    Promise.resolve(defineCommand({
      operands: [{ name: "WHOM", help: "who is greeted" }],
      settings: ["port", "tokens"],
      run({ settings, operands, terminal, signal }) {
        terminal.print(`hello ${operands[0]}, ${settings.port}, ${signal.aborted}`);
        return Promise.resolve(7);
      },
    })),
};

function failing(error: unknown): CommandEntry {
  const command = defineCommand({ operands: [], settings: [], run: () => Promise.reject(error) });
  return { name: "fail", summary: "fails", load: () => Promise.resolve(command) };
}

async function run(words: string[], options: { fails?: unknown; debug?: boolean } = {}) {
  const terminal = new RecordingTerminal();
  const code = await runProgram(words, {
    terminal,
    variable: (name) => name === "ABACUS_DEBUG" && options.debug ? "1" : undefined,
    signal: new AbortController().signal,
    commands: [greet, failing(options.fails)],
  });
  return { code, printed: terminal.printed.join("\n"), notes: terminal.notes };
}

Deno.test("a command runs with its settings and operands, and its exit code is the program's", async () => {
  const { code, printed } = await run(["greet", "you", "--port=9"]);
  assert.equal(code, 7);
  assert.equal(printed, "hello you, 9, false");
});

Deno.test("without a command, and with --help, the commands are listed", async () => {
  for (const words of [[], ["--help"], ["-h"]]) {
    const { code, printed } = await run(words);
    assert.equal(code, 0);
    assert.match(printed, /^ {2}greet {2}says hello$/m);
  }
});

Deno.test("the help of a command lists its operands and flags with their defaults", async () => {
  const { code, printed } = await run(["greet", "--help"]);
  assert.equal(code, 0);
  assert.match(printed, /^Usage: abacus greet WHOM \[--flags\]$/m);
  assert.match(printed, /^ {2}WHOM {2}who is greeted$/m);
  assert.match(printed, /^ {2}--port N +port to listen on; .*\(default: 8080\)$/m);
  assert.match(printed, /^ {2}--tokens +write the rewards/m);
  for (const line of printed.split("\n")) assert.ok(line.length <= 100, line);
});

Deno.test("a word behind -- does not ask for help", async () => {
  assert.equal((await run(["greet", "--", "--help"])).printed, "hello --help, 8080, false");
});

Deno.test("--version prints the version of deno.json", async () => {
  const { code, printed } = await run(["--version"]);
  const stated = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.deepEqual([code, printed], [0, `abacus ${stated.version}`]);
});

Deno.test("an unknown command is bad usage and names the nearest", async () => {
  const { code, notes } = await run(["gret"]);
  assert.equal(code, 64);
  assert.deepEqual(notes, [
    "abacus: bad_usage: Cannot run as there is no such command (did you mean 'greet'?): received 'gret'",
  ]);
});

Deno.test("each kind of failure has its exit code and prints one line", async () => {
  const cases = [
    [new AbacusError("bad_usage", "Cannot a"), 64, "abacus: bad_usage: Cannot a"],
    [
      new AbacusError("bad_model", "Cannot b\n  c", { path: "x" }),
      1,
      "abacus: bad_model: Cannot b c (at x)",
    ],
    [new AbacusError("cancelled", "Cannot d"), 130, "abacus: cancelled: Cannot d"],
    [new TypeError("odd"), 1, "abacus: failure: odd"],
    ["text", 1, "abacus: failure: text"],
  ] as const;
  for (const [fails, code, line] of cases) {
    const result = await run(["fail"], { fails });
    assert.deepEqual([result.code, result.notes], [code, [line]]);
  }
});

Deno.test("ABACUS_DEBUG adds the stacks of the error and of what caused it", async () => {
  const fails = new AbacusError("bad_model", "Cannot open", { cause: new Error("torn") });
  const { notes } = await run(["fail"], { fails, debug: true });
  assert.equal(notes.length, 3);
  assert.match(notes[1] ?? "", /AbacusError: Cannot open\n +at /);
  assert.match(notes[2] ?? "", /Error: torn\n +at /);
});
