import assert from "node:assert/strict";
import { join } from "node:path";
import { openAdapter } from "../../src/adapters/adapter.ts";
import { commands } from "../../src/cli/commands.ts";
import { ppo } from "../../src/cli/ppo.ts";
import { startOwnServer } from "../../src/cli/ppo/own_server.ts";
import { listenForRewards, loadModels } from "../../src/cli/reward_server.ts";
import { creditNames } from "../../src/ppo/rollout/credit.ts";
import { glossary, type MetricsLine } from "../../src/ppo/run/metrics.ts";
import { readPolicy } from "../../src/ppo/rollout/policy.ts";
import { RunFiles, type SampleLine } from "../../src/ppo/run/run_files.ts";
import { helpOf } from "../../src/settings.ts";
import { alteredPolicy } from "../ppo/altered_policy.ts";
import { policyDirectory } from "../ppo/golden_policy.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { abacus, type Ran } from "./command_line.ts";
import { modelSettings } from "./model_settings.ts";
import { temporary } from "./temporary.ts";

/** A policy with 96 tokens and a reward model with 160 others; later flags override earlier ones. */
const small: Readonly<Record<string, string>> = {
  policy: policyDirectory("llama"),
  model: goldenDirectory("llama"),
  device: "cpu",
  threads: "1",
  steps: "2",
  batch: "6",
  "min-new-tokens": "2",
  "max-new-tokens": "6",
  samples: "6",
  prompts: join(temporary(), "prompts.txt"),
};

Deno.writeTextFileSync(small["prompts"]!, "the film\n\na great\n  bad day\nénd\nwas the\nx\ny\n");

/** The same reward model, for a separate server. */
const served = { ...modelSettings, model: small["model"]! };

/** Changes to the flags of {@linkcode small}; undefined removes one. */
type Flags = Readonly<Record<string, string | undefined>>;

/** With --server there is no --model. */
function wordsOf(flags: Flags): string[] {
  const named = flags["server"] === undefined ? {} : { model: undefined };
  return Object.entries({ ...small, ...named, ...flags })
    .flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]);
}

/** Runs the command in a new directory, unless one is given. */
async function run(
  flags: Flags = {},
  options: Parameters<typeof abacus>[1] = {},
): Promise<Ran & { readonly out: string }> {
  const out = flags["out"] ?? temporary();
  return { ...await abacus(["ppo", ...wordsOf({ ...flags, out })], options), out };
}

/** A run that must succeed, and its files. */
async function trained(flags: Flags = {}): Promise<
  { notes: readonly string[]; out: string; metrics: MetricsLine[]; samples: SampleLine[] }
> {
  const { code, notes, out } = await run(flags);
  assert.equal(code, 0, notes.join("\n"));
  const files = new RunFiles(out);
  return { notes, out, metrics: await files.readMetrics(), samples: await files.readSamples() };
}

/** A run that must be refused: its code and its last note. */
async function refused(flags: Flags): Promise<{ code: number; message: string; notes: string }> {
  const { code, notes } = await run(flags);
  return { code, message: notes.at(-1) ?? "", notes: notes.join("\n") };
}

/** A line without durations. */
function untimed(line: MetricsLine): object {
  return Object.fromEntries(Object.entries(line).filter(([name]) => !/second/.test(name)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

Deno.test("a run writes its metrics, samples, a report and a policy that can be loaded", async () => {
  const { notes, out, metrics, samples } = await trained();
  assert.deepEqual(notes.map((note) => note.replaceAll(out, "OUT")), [
    `starting a reward server on ${small["model"]} (cpu), as --server is not given`,
    "llama learns from rewards of llama (red, beta 0.8): 2 steps of 6 completions, in OUT",
    notes[2],
    notes[3],
    "report: OUT/report.html",
    "policy: OUT/checkpoints/step-000002",
  ]);
  assert.match(
    notes[3]!,
    /^step 2\/2, score -?\d+\.\d\d \([+-]\d+\.\d\d\), KL -?\d\.\d\d, [\d,.]+ tokens\/s$/,
  );
  assert.deepEqual(metrics.map(({ step }) => step), [1, 2]);
  for (const line of metrics) {
    assert.deepEqual(Object.keys(line), ["step", ...Object.keys(glossary)]);
    for (const [name, value] of Object.entries(line)) assert.ok(Number.isFinite(value), name);
  }
  assert.equal(samples.length, 12);
  assert.match(await Deno.readTextFile(join(out, "report.html")), /^<!doctype html>/i);
  const policy = await readPolicy(join(out, "checkpoints", "step-000002"));
  assert.equal(policy.model.name, "LlamaForCausalLM");
  assert.notDeepEqual(
    await policy.checkpoint.read("lm_head.weight"),
    await (await readPolicy(policyDirectory("llama"))).checkpoint.read("lm_head.weight"),
  );
  assert.deepEqual(
    (await Array.fromAsync(Deno.readDir(out), ({ name }) => name)).toSorted(),
    [
      "checkpoints",
      "metrics.jsonl",
      "report.html",
      "run.json",
      "samples.jsonl",
      "showcase.jsonl",
      "tensorboard",
    ],
  );
});

Deno.test("a run that is evaluated says so before, during and after training", async () => {
  const { notes, out } = await trained({ "eval-share": "0.3", "eval-every": "1" });
  const said = notes.flatMap((note) => /^evaluation ([^:]+): /.exec(note)?.slice(1) ?? []);
  assert.deepEqual(said, ["before training", "after step 1", "after step 2"]);
  const lines = await new RunFiles(out).readEvaluations();
  assert.deepEqual(lines.map(({ step }) => step), [0, 1, 2]);
  assert.ok(lines.every((line) => Object.values(line).every(Number.isFinite)));
  assert.ok(lines.every(({ eval_prompts }) => eval_prompts === 2), "0.3 of seven prompts");
  assert.match(await Deno.readTextFile(join(out, "report.html")), /<h2>Evaluation<\/h2>/);
});

Deno.test("an adapter is trained, saved for peft and resumed, and layers that there are not are refused", async () => {
  const flags = {
    "out": temporary(),
    "policy": policyDirectory("gpt2"),
    "lora-rank": "4",
    "lora-modules": "c_attn, mlp.c_proj",
    "accumulate": "2",
  };
  const { notes } = await trained(flags);
  assert.equal(notes.at(-1), `policy: ${flags.out}/checkpoints/step-000002`);
  const resumed = await trained({ ...flags, steps: "3" });
  assert.match(resumed.notes[1]!, /, resumed after step 2$/);
  const { config } = await openAdapter(join(flags.out, "checkpoints", "step-000003"));
  assert.deepEqual(config.target_modules, ["c_attn", "mlp.c_proj"]);
  assert.deepEqual([config.r, config.lora_alpha], [4, 8]);
  assert.equal(config.base_model_name_or_path, flags.policy);
  const adapter = join(flags.out, "checkpoints", "step-000003");
  const whole = { out: temporary(), policy: adapter, steps: "1" };
  const merged = await trained(whole);
  assert.match(merged.notes[1]!, /step-000003/);
  const onTop = { ...whole, "out": temporary(), "lora-rank": "2" };
  await trained(onTop);
  const joined = await openAdapter(join(onTop.out, "checkpoints", "step-000001"));
  assert.equal(joined.config.base_model_name_or_path, flags.policy);
  assert.equal(joined.config.r, 6);
  const { code, message } = await refused({ ...flags, "lora-modules": "wte" });
  assert.equal(code, 64);
  assert.match(message, /--lora-modules has to name linear layers .* c_proj: received "wte"$/);
});

Deno.test("several completions per prompt, stop texts and checkpoints that are kept, by their flags", async () => {
  const { out, samples } = await trained({
    algorithm: "grpo",
    "completions-per-prompt": "3",
    stop: "e",
    "min-new-tokens": "0",
    "keep-checkpoints": "2",
    "checkpoint-every": "1",
  });
  const prompts = samples.filter(({ step }) => step === 1).map(({ prompt }) => prompt);
  assert.deepEqual([prompts[0], prompts[3]], [prompts[2], prompts[5]]);
  assert.ok(samples.every(({ completion }) => !completion.includes("e")));
  assert.ok(samples.some(({ ended, tokens }) => ended && tokens.at(-1)!.includes("e")));
  const names = await Array.fromAsync(Deno.readDir(join(out, "checkpoints")), ({ name }) => name);
  assert.deepEqual(names.toSorted(), ["step-000001", "step-000002"]);
});

/** A model that scores steps. */
const stepModel = goldenDirectory("../steps/trl-qwen2");

for (const credit of creditNames) {
  Deno.test(`rewards by ${credit} reach every token of another tokenizer and sum to the score`, async () => {
    const model = credit === "steps" ? { model: stepModel } : {};
    const run = { ...model, credit, steps: "1", batch: "16", samples: "16" };
    const { metrics, samples } = await trained(run);
    assert.equal(samples.length, 16);
    for (const { tokens, rewards, score, completion } of samples) {
      assert.equal(rewards.length, tokens.length);
      // A character of several tokens is the text of each of them.
      assert.ok(tokens.every((token) => completion.includes(token)));
      // These leave a part of the prompt's own score unassigned.
      if (!["red", "shapley", "integrated"].includes(credit)) {
        assert.ok(Math.abs(sum(rewards) - score) < 1e-4, `${sum(rewards)}, ${score}`);
      }
    }
    const paid = samples.map(({ rewards }) => rewards.filter((reward) => reward !== 0).length);
    if (["terminal", "steps"].includes(credit)) assert.ok(paid.every((count) => count === 1));
    else assert.ok(paid.some((count) => count > 2), "more tokens than the last are rewarded");
    assert.ok(metrics.every(({ reward_mean }) => Number.isFinite(reward_mean)));
  });
}

Deno.test("credit by steps needs a model that scores steps", async () => {
  const { code, message } = await refused({ credit: "steps" });
  assert.notEqual(code, 0);
  assert.match(
    message,
    /model llama gives credit by abc, .*, rollout only, which --credit chooses from: received steps/,
  );
});

Deno.test("the tokenizers of these tests differ", async () => {
  const read = async (directory: string) =>
    Object.keys(JSON.parse(await Deno.readTextFile(join(directory, "tokenizer.json"))).model.vocab);
  const [policy, model] = [await read(small["policy"]!), await read(small["model"]!)];
  assert.ok(model.length > policy.length, `${model.length} tokens, ${policy.length} tokens`);
});

Deno.test("a given server is used, gives the numbers of the trainer's own, and keeps running", async () => {
  await using server = await startOwnServer({ ...served, name: "judge" });
  const there = await trained({ server: server.url, policy: policyDirectory("gpt2") });
  const own = await trained({ policy: policyDirectory("gpt2") });
  assert.deepEqual(there.metrics.map(untimed), own.metrics.map(untimed));
  assert.match(there.notes[0]!, /^gpt2 learns from rewards of judge/);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});

/** The bundled models, which have one tokenizer. */
const bundled = { policy: "models/movie-policy", model: "models/movie-reward", steps: "1" };
const shared = { ...bundled, credit: "abc" }; // whose rewards sum to the score

Deno.test("a reward model of the policy's tokenizer is told token ids, and where a text ended", async () => {
  const told = await trained(shared);
  assert.match(told.notes[1]!, /^movie-policy learns from .* \(abc, beta 0\.8, told token ids\): /);
  const texts = await trained({ ...shared, send: "text" });
  assert.match(texts.notes[1]!, /^movie-policy learns from .* \(abc, beta 0\.8\): /);
  for (const { samples } of [told, texts]) {
    for (const { rewards, score } of samples) assert.ok(Math.abs(sum(rewards) - score) < 1e-4);
  }
  const { code, message } = await refused({ send: "ids" });
  assert.equal(code, 64);
  assert.match(message, /token ids as its tokenizer is not the policy's: received --send ids$/);
});

Deno.test("two servers share the steps, and give the numbers of one", async () => {
  await using one = await startOwnServer(served);
  await using other = await startOwnServer(served);
  const flags = { policy: policyDirectory("llama") };
  const shared = await trained({ ...flags, server: `${one.url},${other.url}` });
  const alone = await trained({ ...flags, server: one.url });
  for (const [i, { score_mean }] of shared.metrics.entries()) {
    assert.ok(Math.abs(score_mean - alone.metrics[i]!.score_mean) < 1e-3, `step ${i + 1}`);
  }
  await using third = await startOwnServer({ ...served, name: "another" });
  const { code, message } = await refused({ server: `${one.url},${third.url}` });
  assert.equal(code, 64);
  assert.match(message, /have other id: received "llama" and "another"$/);
});

Deno.test("the same command does nothing again, and resumes if there are more steps", async () => {
  const { out, metrics } = await trained();
  const again = await trained({ out });
  assert.match(again.notes[1]!, /, which are already done$/);
  assert.deepEqual(again.metrics, metrics);
  const longer = await trained({ out, steps: "3" });
  assert.match(longer.notes[1]!, /3 steps of 6 completions, in .*, resumed after step 2$/);
  assert.deepEqual(longer.metrics.slice(0, 2), metrics);
  assert.deepEqual(
    longer.metrics.map(untimed),
    (await trained({ steps: "3" })).metrics.map(untimed),
  );
});

Deno.test("a run is not resumed with other settings, and is replaced with --fresh", async () => {
  const { out, metrics } = await trained({ seed: "1" });
  const { code, message } = await refused({ out, seed: "2" });
  assert.equal(code, 64);
  assert.match(message, /^abacus: bad_usage: .* as --seed was 1 when it started .*: received 2$/);
  assert.deepEqual(await new RunFiles(out).readMetrics(), metrics, "nothing was modified");
  const fresh = await run({ out, seed: "2", fresh: "true" });
  assert.equal(fresh.code, 0, fresh.notes.join("\n"));
  const lines = await new RunFiles(out).readMetrics();
  assert.deepEqual(lines.map(({ step }) => step), [1, 2]);
  assert.notDeepEqual(lines.map(untimed), metrics.map(untimed));
});

Deno.test("a run that was stopped says how to resume, and then equals an uninterrupted one", async () => {
  const whole = await trained({ steps: "3" });
  const stop = new AbortController();
  const onNote = (line: string) => line.startsWith("step 1/3") && stop.abort("SIGINT");
  const first = await run({ steps: "3" }, { signal: stop.signal, onNote });
  assert.equal(first.code, 130);
  assert.equal(
    first.notes.at(-1),
    "stopped after step 1 of 3; the same command resumes there",
  );
  assert.ok(first.notes.some((note) => note === `report: ${join(first.out, "report.html")}`));
  const rest = await trained({ out: first.out, steps: "3" });
  assert.deepEqual(rest.metrics.map(untimed), whole.metrics.map(untimed));
  assert.deepEqual(rest.samples, whole.samples);
  const weights = "checkpoints/step-000003/model.safetensors";
  assert.deepEqual(
    await Deno.readFile(join(rest.out, weights)),
    await Deno.readFile(join(whole.out, weights)),
  );
});

Deno.test("a stop before the first step is not an error, however early", async () => {
  const last = {
    starting: /^starting a reward server/,
    llama: /^stopped after step 0 of 2; the same/,
  };
  for (const [beginning, says] of Object.entries(last)) {
    const stop = new AbortController();
    const onNote = (line: string) => line.startsWith(beginning) && stop.abort("SIGINT");
    const { code, notes, out } = await run({}, { signal: stop.signal, onNote });
    assert.equal(code, 130, notes.join("\n"));
    assert.match(notes.at(-1)!, says);
    assert.equal((await trained({ out })).metrics.length, 2);
  }
});

/** A server with the golden model. */
async function serve(port: number): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const stopped = new AbortController();
  const listening = listenForRewards({
    host: "127.0.0.1",
    port,
    drainMs: 100,
    http: {
      maxBodyBytes: 1e7,
      maxBodiesBytes: 1_000_000_000,
      overloadStatus: 503,
      deadlineMs: 0,
      apiKey: undefined,
      publicMetrics: true,
      corsOrigins: [],
      logText: false,
      accessLog: "off",
    },
    signal: stopped.signal,
    log: () => {},
  });
  const models = await loadModels(
    { ...served, maxQueue: 1_000, maxQueueTokens: 1_000_000, cacheMb: 0 },
    listening.metrics,
  );
  listening.resolve(models);
  return {
    port: listening.server.port,
    async stop() {
      stopped.abort();
      await listening.server.finished;
      await models[Symbol.asyncDispose]();
    },
  };
}

Deno.test("an unavailable server ends the run after the timeout, and the run resumes once it is back", async () => {
  const whole = await trained({ steps: "3" });
  const first = await serve(0);
  const flags = {
    server: `http://127.0.0.1:${first.port}`,
    steps: "3",
    "reward-timeout-ms": "1500",
    out: temporary(),
  };
  let stopping = Promise.resolve();
  const onNote = (line: string) => {
    if (line.startsWith("step 1/3")) stopping = first.stop();
  };
  const { code, notes } = await run(flags, { onNote });
  await stopping;
  assert.equal(code, 1, notes.join("\n"));
  assert.match(
    notes.at(-1)!,
    /^abacus: training_failed: Cannot get rewards as .* 1500 ms: received/,
  );
  assert.match(
    notes.at(-2)!,
    /^stopped after step (\d) of 3; the same command resumes there$/,
  );
  assert.ok(notes.some((note) => /does not answer \(.+\); retrying for up to 2 s$/.test(note)));
  const second = await serve(first.port);
  const { metrics, notes: later } = await trained(flags).finally(() => second.stop());
  assert.match(later[0]!, /, resumed after step \d$/);
  assert.deepEqual(metrics.map(untimed), whole.metrics.map(untimed));
});

Deno.test("a run goes on with the other server where one of two stops, and names it", async () => {
  const [one, other] = [await serve(0), await serve(0)];
  const urls = [one, other].map(({ port }) => `http://127.0.0.1:${port}`);
  let stopping = Promise.resolve();
  const onNote = (line: string) => {
    if (line.startsWith("step 1/3")) stopping = other.stop();
  };
  const { code, notes } = await run({ server: urls.join(","), steps: "3" }, { onNote });
  await Promise.all([stopping, one.stop()]);
  assert.equal(code, 0, notes.join("\n"));
  const named = notes.filter((note) => note.includes("does not answer"));
  assert.equal(named.length, 1, notes.join("\n"));
  assert.ok(named[0]!.startsWith(urls[1]!));
});

Deno.test("a report that cannot be written does not hide the error that ended the run", async () => {
  const server = await serve(0);
  const out = temporary();
  let stopping = Promise.resolve();
  const onNote = (line: string) => {
    if (!line.startsWith("step 1/3")) return;
    Deno.writeTextFileSync(join(out, "samples.jsonl"), "no sample\n");
    stopping = server.stop();
  };
  const url = `http://127.0.0.1:${server.port}`;
  const flags = { server: url, steps: "3", "reward-timeout-ms": "1000", samples: "0", out };
  const { code, notes } = await run(flags, { onNote });
  await stopping;
  assert.equal(code, 1);
  assert.match(notes.at(-1)!, /^abacus: training_failed: Cannot get rewards as /);
  assert.ok(notes.some((note) => /^no report: .*Cannot read the run as .*line 1$/.test(note)));
  assert.match(notes.at(-2)!, /^stopped after step \d of 3/);
});

Deno.test("a run is not resumed with another policy of the same name", async () => {
  await using policy = await alteredPolicy("llama", { config: { eos_token_id: null } });
  const { out } = await trained({ policy: policy.path, steps: "1" });
  await Deno.writeTextFile(join(policy.path, "config.json"), "\n", { append: true });
  const { code, message } = await refused({ policy: policy.path, steps: "2", out });
  assert.equal(code, 64);
  assert.match(message, /Cannot resume .* as the content of --policy was "\w+" when it started/);
});

Deno.test("a resumed run has the same openings", async () => {
  const own = { prompts: undefined, steps: "1" };
  const whole = await trained({ ...own, steps: "2" });
  const { out } = await trained(own);
  const { metrics } = await trained({ ...own, out, steps: "2" });
  assert.deepEqual(metrics.map(untimed), whole.metrics.map(untimed));
});

const works: readonly ({ what: string } & Flags)[] = [
  { what: "a batch that its minibatches do not divide", batch: "5", minibatches: "3" },
  { what: "one completion", batch: "1", minibatches: "1" },
  { what: "completions that may be empty", "min-new-tokens": "0", "max-new-tokens": "2" },
  { what: "varied lengths", "vary-length": "true" },
  { what: "top-k above the vocabulary", "top-k": "1000" },
  { what: "top-k, top-p and a temperature", "top-k": "5", "top-p": "0.5", temperature: "0.7" },
  { what: "more samples than completions", samples: "100" },
  { what: "no samples", samples: "0" },
  { what: "no limits", "value-clip": "0", "max-gradient-norm": "0", "stop-kl": "0" },
  {
    what: "a second critic, a target and a schedule",
    critic: "separate",
    "kl-target": "1",
    schedule: "cosine",
    "warm-up-updates": "1",
    "whiten-rewards": "true",
  },
];

for (const { what, ...flags } of works) {
  Deno.test(`a run with ${what}`, async () => {
    const { metrics, samples } = await trained({ steps: "1", ...flags });
    assert.ok(Object.values(metrics[0]!).every(Number.isFinite));
    const kept = Number(flags["samples"] ?? small["samples"]);
    assert.equal(samples.length, Math.min(kept, Number(flags["batch"] ?? small["batch"])));
  });
}

Deno.test("a policy without EOS generates up to the limit", async () => {
  await using policy = await alteredPolicy("llama", { config: { eos_token_id: null } });
  const { metrics } = await trained({ policy: policy.path, steps: "1" });
  assert.deepEqual([metrics[0]!.ended_share, metrics[0]!.length_mean], [0, 6]);
});

Deno.test("a policy without BOS needs prompts", async () => {
  await using policy = await alteredPolicy("llama", {
    files: { "tokenizer_config.json": { tokenizer_class: "PreTrainedTokenizerFast" } },
  });
  await trained({ policy: policy.path, steps: "1" });
  const { code, message } = await refused({ policy: policy.path, prompts: undefined });
  assert.equal(code, 64);
  assert.match(message, /has no BOS token \(--prompts reads prompts from a file\)/);
});

function file(name: string, text: string): string {
  const path = join(temporary(), name);
  Deno.writeTextFileSync(path, text);
  return path;
}

/** What is wrong, with which flags, and the end of the error message. */
const misused: readonly [what: string, flags: Flags, says: RegExp][] = [
  [
    "prompts that are not there",
    { prompts: "/no/such.jsonl" },
    /Cannot read prompts as .*received \/no\/such\.jsonl$/,
  ],
  [
    "no prompts",
    { prompts: file("none.txt", "\n \n") },
    /it must hold 1 to \d+ prompts: received 0 in .*none\.txt$/,
  ],
  [
    "prompts that are not JSON",
    { prompts: file("bad.jsonl", '{"prompt": "a"}\nhello\n') },
    /a line must be a JSON object .*bad\.jsonl, line 2$/,
  ],
  [
    "a prompt that is too long",
    { prompts: file("long.txt", `the\n${"the film ".repeat(40)}`), "long-prompts": "refuse" },
    /prompt 2 as the policy's context of 64 must hold it and --max-new-tokens 6: received \d+ tokens$/,
  ],
  [
    "more new tokens than openings leave room for",
    { prompts: undefined, "max-new-tokens": "60" },
    /the longest opening as the policy's context of 64 .* 60: received 8 tokens$/,
  ],
  [
    "more tokens at least than at most",
    { "min-new-tokens": "7" },
    /--min-new-tokens must not be above --max-new-tokens: received 7 and 6$/,
  ],
  [
    "more minibatches than completions",
    { minibatches: "7" },
    /--minibatches must not be above --batch: received 7 and 6$/,
  ],
  ["an unknown flag", { stepz: "3" }, /no such flag \(did you mean '--steps'\?\): .*'--stepz'$/],
  ["an unknown credit", { credit: "abd" }, /--credit as it must be one of abc, .*received 'abd'$/],
  [
    "an address that is none",
    { server: "localhost:8080" },
    /--server as it must be an address such as http:.*: received 'localhost:8080'$/,
  ],
  [
    "a model beside a server",
    { server: "http://127.0.0.1:9", model: goldenDirectory("llama") },
    /--model \(or ABACUS_MODEL\) as it is for a server .* --server names http:.*: received '.*'$/,
  ],
  [
    "a key that is none",
    { server: "http://127.0.0.1:9", "api-key": "a b" },
    /must be of visible ASCII characters: received 3 characters$/,
  ],
  [
    "a directory that is a file",
    { out: file("taken", "") },
    /the directory of --out cannot be written to .*: received .*taken$/,
  ],
];

for (const [what, flags, says] of misused) {
  Deno.test(`${what}: refused with a reason`, async () => {
    const { code, message, notes } = await refused(flags);
    assert.match(message, /^abacus: bad_usage: Cannot .* as .*: received .*$/);
    assert.match(message, says);
    assert.equal(code, 64, notes);
  });
}

Deno.test("a directory of another kind of model is refused", async () => {
  const swapped = await refused({ policy: goldenDirectory("llama") });
  assert.match(swapped.message, /bad_model: Cannot train .*it is a reward model/);
  const both = await refused({ model: policyDirectory("llama") });
  assert.match(both.message, /bad_model: Cannot serve .*it is a policy/);
  const none = await refused({ policy: "/no/such" });
  assert.match(none.message, /bad_model: .*received \/no\/such$/);
  assert.deepEqual([swapped.code, both.code, none.code], [1, 1, 1]);
});

Deno.test("a run that was refused before its first step does not affect the next one", async () => {
  const out = temporary();
  await refused({ out, "max-new-tokens": "60", prompts: undefined });
  const { metrics } = await trained({ out });
  assert.equal(metrics.length, 2);
});

Deno.test("the help lists every flag", async () => {
  const { code, printed } = await abacus(["ppo", "--help"]);
  assert.equal(code, 0);
  for (const name of ppo.settings) {
    const { flag, value } = helpOf(name);
    assert.ok(printed.includes(`  ${value === undefined ? flag : `${flag} ${value}`}`), flag);
  }
  assert.ok(commands.some(({ name }) => name === "ppo"));
});
