/**
 * `ppo`: trains a language model on dense rewards from a server, and shows what comes of it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { Runtime } from "../engine/runtime.ts";
import { openRuntime } from "../engine/runtime.ts";
import { AbacusError } from "../errors.ts";
import { Checkpoints, type Resumption } from "../ppo/run/checkpoint.ts";
import { readParameters } from "../ppo/graphs/parameter_vector.ts";
import { type Policy, readPolicy } from "../ppo/rollout/policy.ts";
import { PolicyEngine } from "../ppo/graphs/policy_engine.ts";
import {
  encodePrompts,
  type PromptLimits,
  readPrompts,
  sampleOpenings,
} from "../ppo/rollout/prompts.ts";
import { writeReport } from "../ppo/report/report.ts";
import { openRewardSource, type RewardSource } from "../ppo/rollout/reward_source.ts";
import type { RunFiles } from "../ppo/run/run_files.ts";
import { writeShowcase } from "../ppo/run/samples.ts";
import { type Run, train } from "../ppo/trainer.ts";
import { totalUpdates, type TrainingSettings } from "../ppo/settings.ts";
import type { SettingName } from "../settings.ts";
import { type Call, type Command, defineCommand } from "./command.ts";
import { modelSettings } from "./model_settings.ts";
import { expectOneServer, ownDevice, type OwnServer, startOwnServer } from "./ppo/own_server.ts";
import { lockDirectory } from "./ppo/lock.ts";
import { startStepProgress } from "./ppo/progress_line.ts";
import { openRunDirectory } from "./ppo/run_directory.ts";
import { runRecord } from "./ppo/run_record.ts";
import { trainingFlags, trainingSettings } from "./ppo/training.ts";
import { duration, grouped } from "./figures.ts";

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
    expectOneServer(settings);
    const policy = await readPolicy(settings.policy, settings.models);
    // What can be wrong with the flags is found before anything is loaded or written.
    const prompts = await promptsOf(call, policy);
    // Ended in the reverse order: the runtime, the lock, and the server when nobody asks it any more.
    await using server = await serverFor(call);
    // Nothing was begun yet, and loading does not heed the signal.
    if (call.signal.aborted) return stoppedCode;
    const rewards = await rewardsOf(call, { url: server.url, credit: training.credit });
    const directory = settings.out ??
      join("tmp", "ppo", `${policy.name}-${settings.credit}-${settings.seed}`);
    using _lock = await lockDirectory(directory);
    const record = await runRecord(settings, { policy, reward: rewards.model });
    const files = await openRunDirectory(directory, record, settings);
    await using runtime = await openRuntime(runtimeOptions(call));
    const parts = { call, training, policy, prompts, rewards, files };
    return await trainAndReport(parts, await prepare(parts, runtime));
  },
});

/** As of a process that SIGINT ended. */
const stoppedCode = 130;

/** What a run is put together from. */
interface Parts {
  readonly call: PpoCall;
  readonly training: TrainingSettings;
  readonly policy: Policy;
  /** Undefined where the policy is to write its own. */
  readonly prompts: readonly Int32Array[] | undefined;
  readonly rewards: RewardSource;
  readonly files: RunFiles;
}

/** A run, and where it stands. */
interface Prepared {
  readonly run: Run;
  readonly resumption: Resumption["progress"];
}

/** The ends that log-probabilities must leave out; with none the graphs have nothing to do for it. */
function maskedEosIds(
  { length, forbiddenEnd }: TrainingSettings,
  { eosIds }: Policy,
): readonly number[] {
  return length.min > 0 && forbiddenEnd === "masked" ? eosIds : [];
}

/** Reads the weights, has openings written by them where there are no prompts, and goes to the last checkpoint. */
async function prepare(
  { call, training, policy, prompts: given, rewards, files }: Parts,
  runtime: Runtime,
): Promise<Prepared> {
  const { settings, signal } = call;
  const engine = new PolicyEngine(runtime, {
    actorCritic: {
      model: policy.model,
      critic: training.critic,
      temperature: training.rule.temperature,
      maskedEosIds: maskedEosIds(training, policy),
    },
    rule: training.rule,
    eosIds: policy.eosIds,
    minibatch: Math.ceil(training.batch / training.minibatches),
    loss: training.loss,
    adam: { ...training.adam, totalUpdates: totalUpdates(training) },
  });
  const checkpoints = new Checkpoints(files.paths.checkpoints, { policy, layout: engine.layout });
  const initial = await readParameters(engine.layout, policy);
  await engine.setReference(initial);
  const zeros = new Float32Array(initial.length);
  await engine.setState({ parameters: initial, first: zeros, second: zeros });
  const { text } = policy;
  const prompts = given ??
    await sampleOpenings(engine, text.opening, promptLimits(call, policy));
  const found = await checkpoints.latest();
  // Only now, for openings are written by the policy that the run began with.
  if (found !== undefined) await engine.setState(found.state);
  const klCoefficient = training.kl.coefficient;
  const resumption = found?.progress ?? { step: 0, updates: 0, klCoefficient };
  // What was done after the checkpoint is done again, and comes out the same.
  await files.truncateAfter(resumption.step);
  const { checkpointEvery, samples: samplesPerStep } = settings;
  const kept = { checkpointEvery, samplesPerStep };
  const { credit } = training;
  const sources = { engine, text, rewards, credit, signal };
  return {
    run: { ...sources, settings: training, prompts, files, checkpoints, ...kept },
    resumption,
  };
}

/** The prompts of the file that was named, if one was. */
async function promptsOf(
  call: PpoCall,
  policy: Policy,
): Promise<readonly Int32Array[] | undefined> {
  const { prompts } = call.settings;
  if (prompts === undefined) return undefined;
  return await encodePrompts(await readPrompts(prompts), policy.text, promptLimits(call, policy));
}

/** Prompt and completion together are what the policy reads. */
function promptLimits({ settings }: PpoCall, { model }: Policy): PromptLimits {
  const { context, vocabulary } = model.trunk.dimensions;
  return { context, vocabulary, max: settings.maxNewTokens };
}

/** Trains, and writes the report however the run ends. */
async function trainAndReport(
  { call, training, policy, rewards, files }: Parts,
  { run, resumption }: Prepared,
): Promise<number> {
  const { terminal } = call;
  const { steps, batch, credit: { method, beta } } = training;
  const place = dirname(files.paths.report);
  terminal.note(
    `${policy.name} learns from rewards of ${rewards.model} (${method}, beta ${beta}): ` +
      `${counted(steps, "step")} of ${counted(batch, "completion")}, in ${place}${
        since(resumption.step, steps)
      }`,
  );
  const [first] = await files.readMetrics();
  const progress = startStepProgress(terminal, {
    total: steps,
    from: resumption.step,
    ...(first === undefined ? {} : { firstScore: first.score_mean }),
  });
  try {
    if (resumption.step === 0) await showBefore(run);
    const done = await train({ ...run, onStep: (line) => progress.update(line) }, resumption);
    if (done.step > resumption.step) await showAfter(run, done.step);
    progress.stop();
    await tellReport(call, files);
    return done.step < steps ? stoppedCode : 0;
  } catch (error) {
    progress.stop();
    // What ended the run is said last, even where it is in the way of the report too.
    await tellReport(call, files).catch((also) => terminal.note(`no report: ${also}`));
    throw error;
  } finally {
    await tellCheckpoint(call, run);
  }
}

/** Writes the report, where there is a step to tell of. */
async function tellReport({ terminal }: PpoCall, files: RunFiles): Promise<void> {
  if ((await files.readMetrics()).length === 0) return;
  terminal.note(`report: ${await writeReport(dirname(files.paths.report))}`);
}

/** Where the policy is, and how to go on where it is not done. */
async function tellCheckpoint(
  { terminal, settings: { steps } }: PpoCall,
  { checkpoints }: Run,
): Promise<void> {
  const kept = await checkpoints.latestStep() ?? 0;
  if (kept > 0) terminal.note(`policy: ${checkpoints.directoryOf(kept)}`);
  if (kept < steps) {
    terminal.note(`stopped after step ${kept} of ${steps}; the same command resumes there`);
  }
}

/** A stop that comes meanwhile is one before the first step. */
async function showBefore(run: Run): Promise<void> {
  try {
    await writeShowcase(run, { step: 0, signal: run.signal });
  } catch (error) {
    if (!(error instanceof AbacusError) || error.kind !== "cancelled") throw error;
  }
}

/** How long a run that is over may wait for what only its report shows. */
const showcaseMs = 15_000;

/** The training is done and kept: a server that has gone by now costs a picture, and no more. */
async function showAfter(run: Run, step: number): Promise<void> {
  try {
    await writeShowcase(run, { step, signal: AbortSignal.timeout(showcaseMs) });
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
  }
}

/** As in `1 step`, `64 completions`. */
function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** Where a run that was begun before goes on. */
function since(step: number, steps: number): string {
  if (step >= steps) return ", which are done already";
  return step > 0 ? `, going on after step ${step}` : "";
}

/** The rewards of a server; says so where it keeps the run waiting. */
async function rewardsOf(
  { settings, signal, terminal }: PpoCall,
  { url, credit }: { url: string; credit: TrainingSettings["credit"] },
): Promise<RewardSource> {
  const timeoutMs = settings.rewardTimeoutMs;
  return await openRewardSource({
    url,
    apiKey: settings.server === undefined ? undefined : settings.apiKey,
    credit,
    timeoutMs,
    signal,
    onUnavailable(reason) {
      const patience = duration(timeoutMs / 1000);
      const told = `${url} does not answer (${reason}); asking again for up to ${patience}`;
      // A bar that is being drawn has no line break behind it.
      terminal.note(terminal.interactive ? `\n${told}` : told);
    },
  });
}

/** The server that was named, or one of its own. */
async function serverFor({ settings, terminal }: PpoCall): Promise<OwnServer> {
  if (settings.server !== undefined) {
    return { url: settings.server, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const device = ownDevice(settings.device);
  terminal.note(
    `starting a reward server on ${settings.model} (${device}), as --server names none`,
  );
  return await startOwnServer(settings);
}

/** Where the policy runs; what it is to share with a server of one's own, `own_server.ts` decides. */
function runtimeOptions({ settings: { device, threads } }: PpoCall) {
  return { device, ...(threads === undefined ? {} : { threads }) };
}
