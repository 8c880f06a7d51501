/**
 * `ppo`: trains a language model on dense rewards from a server, and shows what comes of it.
 *
 * @module
 */

import { join } from "node:path";
import type { Runtime } from "../engine/runtime.ts";
import { openRuntime } from "../engine/runtime.ts";
import { Checkpoints, type Resumption } from "../ppo/checkpoint.ts";
import { readParameters } from "../ppo/parameter_vector.ts";
import { type Policy, readPolicy } from "../ppo/policy.ts";
import { PolicyEngine } from "../ppo/policy_engine.ts";
import { encodePrompts, readPrompts, sampleOpenings } from "../ppo/prompts.ts";
import { writeReport } from "../ppo/report/write.ts";
import { openRewardSource, type RewardSource } from "../ppo/reward_source.ts";
import type { RunFiles, RunRecord } from "../ppo/run_files.ts";
import { type Run, train } from "../ppo/trainer.ts";
import { totalUpdates, type TrainingSettings } from "../ppo/training_settings.ts";
import type { SettingName } from "../settings.ts";
import { type Call, type Command, defineCommand } from "./command.ts";
import { modelSettings } from "./model_settings.ts";
import { type OwnServer, startOwnServer } from "./ppo/own_server.ts";
import { startStepProgress } from "./ppo/progress_line.ts";
import { openRunDirectory } from "./ppo/run_directory.ts";
import { trainingFlags, trainingSettings } from "./ppo/training.ts";
import { version } from "./version.ts";

const names = [
  "policy",
  "server",
  "apiKey",
  "rewardTimeoutMs",
  "prompts",
  ...trainingFlags,
  "out",
  "fresh",
  "checkpointEvery",
  "samples",
  ...modelSettings,
] as const satisfies SettingName[];

type PpoCall = Call<typeof names[number]>;

/** The command. */
export const ppo: Command<typeof names[number]> = defineCommand({
  operands: [],
  settings: names,
  async run(call) {
    const { settings } = call;
    const training = trainingSettings(settings);
    const policy = await readPolicy(settings.policy, settings.models);
    await using server = await serverFor(call);
    const rewards = await openRewardSource({
      url: server.url,
      apiKey: settings.server === undefined ? undefined : settings.apiKey,
      credit: training.credit,
      timeoutMs: settings.rewardTimeoutMs,
    });
    const directory = settings.out ??
      join("tmp", "ppo", `${policy.name}-${settings.credit}-${settings.seed}`);
    const record = recordOf(call, { policy, rewards });
    const files = await openRunDirectory(directory, record, settings);
    await using runtime = await openRuntime(runtimeOptions(call));
    const parts = { call, training, policy, rewards, files };
    return await trainAndReport(parts, await prepare(parts, runtime));
  },
});

/** What a run is put together from. */
interface Parts {
  readonly call: PpoCall;
  readonly training: TrainingSettings;
  readonly policy: Policy;
  readonly rewards: RewardSource;
  readonly files: RunFiles;
}

/** A run, and where it stands. */
interface Prepared {
  readonly run: Run;
  readonly resumption: Resumption["progress"];
}

/** Reads the weights or the last checkpoint, and the prompts. */
async function prepare(
  { call, training, policy, rewards, files }: Parts,
  runtime: Runtime,
): Promise<Prepared> {
  const { settings, signal } = call;
  const engine = new PolicyEngine(runtime, {
    actorCritic: {
      model: policy.model,
      critic: training.critic,
      temperature: training.rule.temperature,
    },
    rule: training.rule,
    ends: policy.ends,
    minibatch: Math.ceil(training.batch / training.minibatches),
    loss: training.loss,
    adam: { ...training.adam, totalUpdates: totalUpdates(training) },
  });
  const checkpoints = new Checkpoints(files.paths.checkpoints, { policy, layout: engine.layout });
  const initial = await readParameters(engine.layout, policy);
  await engine.setReference(initial);
  const zeros = new Float32Array(initial.length);
  await engine.setState({ parameters: initial, first: zeros, second: zeros });
  const prompts = await promptsFor(call, policy, engine);
  const found = await checkpoints.latest();
  if (found !== undefined) await engine.setState(found.state);
  const klCoefficient = training.kl.coefficient;
  const resumption = found?.progress ?? { step: 0, updates: 0, klCoefficient };
  await files.truncateAfter(resumption.step);
  const { checkpointEvery, samples: samplesPerStep } = settings;
  const kept = { checkpointEvery, samplesPerStep };
  const { text } = policy;
  const { credit } = training;
  const sources = { engine, text, rewards, credit, signal };
  return {
    run: { ...sources, settings: training, prompts, files, checkpoints, ...kept },
    resumption,
  };
}

async function promptsFor(
  { settings }: PpoCall,
  { text, model }: Policy,
  engine: PolicyEngine,
): Promise<readonly Int32Array[]> {
  if (settings.prompts === undefined) return await sampleOpenings(engine, text.opening);
  const { context } = model.trunk.dimensions;
  const limits = { context, max: settings.maxNewTokens };
  return await encodePrompts(await readPrompts(settings.prompts), text, limits);
}

/** Trains, and writes the report however the run ends. */
async function trainAndReport(
  { call, training, policy, rewards, files }: Parts,
  { run, resumption }: Prepared,
): Promise<number> {
  const { terminal } = call;
  const place = files.paths.report.replace(/[^/]*$/, "");
  terminal.note(
    `${policy.name} on rewards of ${rewards.model} (${training.credit.method}, beta ${training.credit.beta}): ` +
      `${training.steps} steps of ${training.batch}, in ${place}` +
      (resumption.step > 0 ? `, going on after step ${resumption.step}` : ""),
  );
  const [first] = await files.readMetrics();
  const progress = startStepProgress(terminal, {
    total: training.steps,
    from: resumption.step,
    ...(first === undefined ? {} : { firstScore: first.score_mean }),
  });
  try {
    const done = await train({ ...run, onStep: (line) => progress.update(line) }, resumption);
    return done.step < training.steps ? 130 : 0;
  } finally {
    progress.stop();
    if ((await files.readMetrics()).length > 0) {
      terminal.note(`report: ${await writeReport(place)}`);
    }
  }
}

/** The server that was named, or one of its own. */
async function serverFor({ settings, terminal }: PpoCall): Promise<OwnServer> {
  if (settings.server !== undefined) {
    return { url: settings.server, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  terminal.note("starting a reward server, as --server names none");
  return await startOwnServer(settings);
}

function runtimeOptions({ settings: { device, threads } }: PpoCall) {
  return { device, ...(threads === undefined ? {} : { threads }) };
}

/** What run.json says: all that the numbers depend on. */
function recordOf(
  { settings }: PpoCall,
  { policy, rewards }: { policy: Policy; rewards: RewardSource },
): RunRecord {
  const chosen = trainingFlags.map((name) => [name, settings[name]] as const);
  return {
    settings: { ...Object.fromEntries(chosen), prompts: settings.prompts ?? null },
    seed: settings.seed,
    models: { policy: policy.name, reward: rewards.model },
    versions: { abacus: version, deno: Deno.version.deno },
  };
}
