import assert from "node:assert/strict";
import { Channel } from "../../src/engine/channel.ts";
import { encodeFrame, readFrames } from "../../src/engine/frame.ts";
import { childPort, runnableDeno } from "../../src/engine/child_port.ts";
import { RuntimeDied } from "../../src/engine/port.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { livingChildren, procFile } from "../support/children.ts";

const deno = Deno.execPath();
const cpu = { device: "cpu", threads: 1 } as const;

/** A child of this process whose program is given as text. */
function program(code: string) {
  return childPort(deno, { script: `data:text/typescript,${encodeURIComponent(code)}` });
}

const run = { name: "any", feeds: {} };

/** What is said to the calls of a child that ends in a certain way, and to whoever watches. */
async function endingOf(code: string) {
  const deaths: RuntimeDied[] = [];
  const channel = new Channel(program(code), (death) => deaths.push(death));
  const calls = await Promise.allSettled([channel.ask("run", run), channel.ask("run", run)]);
  const late = await channel.ask("run", run).catch((error) => error);
  await channel.close(0);
  const failures = [...calls.map((call) => call.status === "rejected" ? call.reason : call), late];
  assert.ok(failures.every((each) => each instanceof RuntimeDied));
  return { failures: failures as RuntimeDied[], deaths };
}

const endings: readonly [what: string, code: string, message: RegExp, reason: string][] = [
  ["an exit", "Deno.exit(3)", /process ended: received exit code 3$/, "exit_3"],
  ["a signal", "Deno.kill(Deno.pid, 'SIGKILL')", /process ended: received SIGKILL$/, "SIGKILL"],
  ["noise", "console.log('out of paper'); setTimeout(() => {}, 1e6)", /"out of pa/, "unreadable"],
];

for (const [what, code, message, reason] of endings) {
  Deno.test(`${what} of the child fails every call, once, with its name`, async () => {
    // Other than the engine's own, this child may do anything.
    const { failures, deaths } = await endingOf(code);
    assert.deepEqual(failures.map(({ underWay }) => underWay), [true, false, false]);
    for (const failure of [...failures, ...deaths]) {
      assert.match(failure.message, message);
      assert.equal(failure.reason, reason);
    }
    assert.equal(deaths.length, 1);
  });
}

/** `y = -x`. */
function negation(): Graph {
  const graph = new Graph("negation");
  graph.output("y", neg(graph.input("x", "float32", ["n"])));
  return graph;
}

Deno.test("a child computes as a thread does, and is gone when its runtime is closed", async () => {
  const before = await livingChildren();
  const memory: number[] = [];
  const onMemory = (bytes: number) => void memory.push(bytes);
  const runtime = await openRuntime({ ...cpu, port: () => childPort(deno, { onMemory }) });
  assert.equal((await livingChildren()).length, before.length + 1);
  await runtime.load("negation", negation());
  const x = () => ({
    x: { data: Float32Array.from({ length: 100_000 }, (_, i) => i), dims: [100_000] },
  });
  const runs = await Promise.all([x(), x(), x()].map((feeds) => runtime.run("negation", feeds)));
  for (const { outputs: { y }, runMs } of runs) {
    assert.deepEqual([y!.data[1], y!.data[99_999], y!.dims], [-1, -99_999, [100_000]]);
    assert.ok(runMs >= 0);
  }
  await assert.rejects(runtime.run("negation", {}), {
    name: "TypeError",
    message: /"x" is not fed/,
  });
  await runtime.put("state", { data: BigInt64Array.of(7n), dims: [1] });
  assert.deepEqual(await runtime.get("state"), { data: BigInt64Array.of(7n), dims: [1] });
  assert.ok(memory.length > 0 && memory.every((bytes) => bytes > 1e6), `${memory}`);
  await runtime[Symbol.asyncDispose]();
  assert.deepEqual(await livingChildren(), before);
});

Deno.test("signals of a terminal do not end the child, and the end of its input does", async () => {
  const child = new Deno.Command(deno, {
    args: [
      "run",
      "--no-prompt",
      "--allow-ffi",
      "--allow-read",
      import.meta.resolve("../../src/engine/child.ts"),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const ask = (id: number) => input.write(encodeFrame({ id, kind: "get", request: { name: "x" } }));
  const replies = readFrames(child.stdout);
  await ask(0);
  await replies.next(); // it answers, so that it listens for signals too
  child.kill("SIGINT");
  child.kill("SIGTERM");
  await ask(1);
  assert.equal((await replies.next()).value.id, 1);
  await input.close();
  await replies.return(undefined);
  const { code, signal } = await child.status;
  assert.deepEqual([code, signal], [0, null]);
});

/** The child of this process, which runs other tests' programs as well, that a script was started as. */
async function childOf(script: string): Promise<number> {
  for (const child of await livingChildren()) {
    if ((await procFile(child, "cmdline")).includes(script)) return child;
  }
  throw new Error(`no child runs ${script}`);
}

Deno.test("where Deno is a script around the program, the program ends with it", async () => {
  const folder = await Deno.makeTempDir();
  const script = `${folder}/deno`;
  await Deno.writeTextFile(script, `#!/bin/sh\n"${deno}" "$@"\nexit $?\n`, { mode: 0o755 });
  const runtime = await openRuntime({ ...cpu, port: () => childPort(script) });
  await runtime.load("negation", negation());
  const [program] = await livingChildren(await childOf(script));
  assert.ok(program !== undefined);
  await runtime[Symbol.asyncDispose]();
  for (let looks = 0; await procFile(program, "stat") !== "" && looks < 500; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(await procFile(program, "stat"), "", "the program is gone");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("where this process may run Deno, it is found", () => {
  assert.ok(runnableDeno() !== undefined);
});

Deno.test("where it may not, none is found", async () => {
  const module = import.meta.resolve("../../src/engine/child_port.ts");
  const code = `import { runnableDeno } from "${module}"; console.log(runnableDeno() ?? "none");`;
  const found = async (flags: string[], env: Record<string, string> = {}) => {
    const script = `data:text/typescript,${encodeURIComponent(code)}`;
    const args = ["run", "--no-prompt", "--allow-read", ...flags, script];
    const { stdout } = await new Deno.Command(deno, { args, env, stderr: "inherit" }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assert.equal(await found([]), "none");
  assert.equal(await found(["--allow-run=deno"]), "deno");
  assert.equal(await found([`--allow-run=${deno}`]), deno);
  const loading = { LD_LIBRARY_PATH: "/usr/lib" };
  assert.equal(await found(["--allow-run=deno"], loading), "none");
  assert.equal(await found(["--allow-run"], loading), deno);
});
