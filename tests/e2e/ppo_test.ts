import assert from "node:assert/strict";
import { join } from "node:path";
import { runProgram } from "../../src/cli/program.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import type { MetricsLine } from "../../src/ppo/run/metrics.ts";
import { readParameters } from "../../src/ppo/graphs/parameter_vector.ts";
import { readPolicy } from "../../src/ppo/rollout/policy.ts";
import { PolicyEngine } from "../../src/ppo/graphs/policy_engine.ts";
import { RunFiles } from "../../src/ppo/run/run_files.ts";
import { RecordingTerminal } from "../cli/recording_terminal.ts";
import { temporary } from "../cli/temporary.ts";
import { policyDirectory, policyNames, quickAdam } from "../ppo/golden_policy.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, Program } from "./program.ts";

/** Tiny models, few tokens and a checkpoint after every second step, given as variables. */
const environment = {
  ABACUS_POLICY: policyDirectory("llama"),
  ABACUS_MODEL: goldenDirectory("llama"),
  ABACUS_DEVICE: "cpu",
  ABACUS_THREADS: "1",
  ABACUS_STEPS: "4",
  ABACUS_BATCH: "6",
  ABACUS_MIN_NEW_TOKENS: "2",
  ABACUS_MAX_NEW_TOKENS: "6",
  ABACUS_PROMPTS: join(temporary(), "prompts.txt"),
  ABACUS_CHECKPOINT_EVERY: "2",
};

Deno.writeTextFileSync(environment.ABACUS_PROMPTS, "the film\na great\nbad day\nwas the\n");

function start(out: string, ...words: string[]): Program {
  return new Program("ppo", [`--out=${out}`, ...words], environment);
}

async function finish(program: Program): Promise<void> {
  assert.equal(await program.ended(), 0, program.notes);
}

/** Waits until a run has finished so many steps. */
async function written(out: string, steps: number): Promise<void> {
  for (;;) {
    if ((await new RunFiles(out).readMetrics()).length >= steps) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The results of a run, without durations. */
async function outcome(out: string, steps: number) {
  const untimed = (line: MetricsLine) =>
    Object.entries(line).filter(([name]) => !/second/.test(name));
  const files = new RunFiles(out);
  const folder = join(files.paths.checkpoints, `step-${String(steps).padStart(6, "0")}`);
  return {
    metrics: (await files.readMetrics()).map(untimed),
    samples: await files.readSamples(),
    policy: await Deno.readFile(join(folder, "model.safetensors")),
    state: await Deno.readFile(join(folder, "trainer", "state.safetensors")),
  };
}

Deno.test("after Ctrl-C, which ends a run with 130, or kill -9, the same command finishes it as if uninterrupted", async () => {
  const [whole, stopped, killed] = [temporary(), temporary(), temporary()];
  await using unbroken = start(whole, "--steps=40");
  await finish(unbroken);
  const expected = await outcome(whole, 40);
  assert.equal(expected.metrics.length, 40);

  await using first = start(stopped, "--steps=40");
  await written(stopped, 1);
  first.kill("SIGINT");
  assert.equal(await first.ended(), 130, first.notes);
  const [, told] = await first.noted(/stopped after step (\d+) of 40; the same command/);
  assert.match(first.notes, /report: .*report\.html\n/);
  assert.equal((await new RunFiles(stopped).readMetrics()).length, Number(told));
  await using rest = start(stopped, "--steps=40");
  await finish(rest);
  assert.match(rest.notes, new RegExp(`resumed after step ${told}\n`));
  assert.deepEqual(await outcome(stopped, 40), expected);

  await using program = start(killed, "--steps=40");
  await written(killed, 3); // there is a checkpoint of step 2, and more was done
  program.kill("SIGKILL");
  assert.notEqual(await program.ended(), 0);
  await using last = start(killed, "--steps=40");
  await finish(last);
  assert.match(last.notes, /resumed after step \d+\n/);
  assert.deepEqual(await outcome(killed, 40), expected);
});

Deno.test("a second process does not train in the directory of the first", async () => {
  const out = temporary();
  await using first = start(out, "--steps=1000");
  await written(out, 1);
  await using second = start(out, "--steps=1000");
  assert.equal(await second.ended(), 64, second.notes);
  assert.match(second.notes, /another process trains in this directory/);
  first.kill("SIGTERM");
  assert.equal(await first.ended(), 130, first.notes);
});

Deno.test("the task of deno.json grants what the command needs", async () => {
  const run = async (...words: string[]) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "ppo", ...words],
      env: { ...environment, NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  const help = await run("--help");
  assert.match(help.stdout, /^abacus ppo: train a language model/);
  assert.match(help.stdout, /\n {2}--kl-coefficient C /);
  assert.equal(help.code, 0, help.stderr);
  const trained = await run(`--out=${temporary()}`, "--steps=1");
  assert.equal(trained.code, 0, trained.stderr);
  assert.match(trained.stderr, /\nstep 1\/1, score .*\nreport: .*\npolicy: .*step-000001\n$/);
});

testWhere({
  name: "without any flag the bundled models are used, and train",
  missing: modelMissing,
  async fn() {
    const out = temporary();
    await using program = new Program("ppo", [`--out=${out}`, "--steps=1"]);
    await finish(program);
    assert.match(
      program.notes,
      /movie-policy learns from rewards of movie-reward \(red, beta 0\.8, told token ids\)/,
    );
    const [line] = await new RunFiles(out).readMetrics();
    assert.ok(Object.values(line!).every(Number.isFinite));
    assert.equal(line!.kl, 0);
  },
});

const python = await findPython(["torch", "transformers"]);

testWhere({
  name: "transformers loads what was trained, unchanged, and reads it as we do",
  missing: python === undefined ? "no Python with torch and transformers" : undefined,
  async fn() {
    const pairs = await Promise.all(policyNames.map(async (name) => {
      const before = policyDirectory(name);
      return { before, after: await learnt(before) };
    }));
    const script = new URL("../oracle/policy_reading.py", import.meta.url);
    await using peer = await PythonPeer.start(
      python ?? "",
      script,
      pairs.map(({ after }) => after),
    );
    assert.deepEqual(peer.greeting["complaints"], {});
    for (const { before, after } of pairs) {
      const question = { directory: after, text: "the film was great and bad" };
      const answer = await peer.ask<{ ids: number[]; log_probs: number[] }>(question);
      const ours = await logProbabilities(after, answer.ids);
      assert.ok(widestGap(ours, answer.log_probs) < 1e-4, after);
      const unlearnt = await logProbabilities(before, answer.ids);
      assert.ok(widestGap(unlearnt, answer.log_probs) > 1e-3, "it has learnt something");
    }
  },
});

/** The directory of a policy after two steps. */
async function learnt(policy: string): Promise<string> {
  const out = temporary();
  const variables = { ...environment, ABACUS_POLICY: policy, ABACUS_OUT: out };
  const terminal = new RecordingTerminal();
  const code = await runProgram(["ppo", "--steps=2", "--learning-rate=0.01"], {
    terminal,
    signal: new AbortController().signal,
    variable: (name) => variables[name as keyof typeof variables],
  });
  assert.equal(code, 0, terminal.notes.join("\n"));
  return join(out, "checkpoints", "step-000002");
}

function widestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (each, i) => Math.abs(each - b[i]!)));
}

async function logProbabilities(directory: string, ids: readonly number[]): Promise<Float64Array> {
  const policy = await readPolicy(directory);
  await using runtime = await openRuntime({ device: "cpu", threads: 1 });
  const engine = new PolicyEngine(runtime, {
    actorCritic: { model: policy.model, critic: "shared", temperature: 1 },
    rule: { temperature: 1, topK: 0, topP: 1 },
    eosIds: policy.eosIds,
    minibatch: 1,
    loss: { clip: 0.2, valueClip: 0, valueCoefficient: 0, entropyCoefficient: 0 },
    adam: quickAdam,
  });
  await engine.setReference(await readParameters(engine.layout, policy));
  const sequence = { ids: Int32Array.from(ids), promptLength: 1 };
  const { logProbs: [row] } = await engine.evaluate([sequence], { whose: "reference" });
  return row!;
}
