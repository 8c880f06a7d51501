/**
 * `ppo`: trains a language model with dense rewards from a server.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { openRuntime, type Runtime } from "../engine/runtime.ts";
import { AbacusError } from "../errors.ts";
import { bestStep } from "../ppo/evaluation.ts";
import { setInitialState } from "../ppo/graphs/initial_state.ts";
import { PolicyEngine, type PolicyEngineOptions } from "../ppo/graphs/policy_engine.ts";
import { counted } from "../ppo/report/figures.ts";
import { writeReport } from "../ppo/report/report.ts";
import { type Policy, readPolicy } from "../ppo/rollout/policy.ts";
import { sampleOpenings } from "../ppo/rollout/prompts.ts";
import type { RewardSource } from "../ppo/rollout/reward_source.ts";
import { Checkpoints, type Progress } from "../ppo/run/checkpoint.ts";
import { divergenceGuard } from "../ppo/run/divergence.ts";
import type { RunFiles } from "../ppo/run/run_files.ts";
import { writeShowcase } from "../ppo/run/samples.ts";
import { engineOptions, type TrainingSettings } from "../ppo/settings.ts";
import { type Run, train } from "../ppo/trainer.ts";
import type { EvaluationLine } from "../ppo/run/evaluation_metrics.ts";
import type { MetricsLine } from "../ppo/run/metrics.ts";
import type { SettingName } from "../settings.ts";
import { type Call, type Command, defineCommand, STOPPED } from "./command.ts";
import { modelSettings } from "./model_settings.ts";
import { oneDevice } from "./placement.ts";
import { lockDirectory } from "./ppo/lock.ts";
import { expectExactRewards, expectOneServer } from "./ppo/own_server.ts";
import { evaluationNote, noteBeside, startStepProgress } from "./ppo/progress_line.ts";
import {
  dividedPrompts,
  type GivenPrompts,
  givenPrompts,
  promptFlags,
  promptLimits,
} from "./ppo/prompts.ts";
import { rewardServerFlags, rewardsOf, serversFor } from "./ppo/reward_servers.ts";
import { openRunDirectory } from "./ppo/run_directory.ts";
import { runRecord } from "./ppo/run_record.ts";
import { trainingFlags, trainingSettings } from "./ppo/training.ts";

const names = [
  "policy",
  ...rewardServerFlags,
  ...promptFlags,
  ...trainingFlags,
  "out",
  "fresh",
  "checkpointEvery",
  "keepCheckpoints",
  "divergedKl",
  "onDivergence",
  "samples",
  ...modelSettings,
] as const satisfies SettingName[];

type PpoCall = Call<typeof names[number]>;

/** The command. */
export const ppo: Command<typeof names[number]> = defineCommand({
  operands: [],
  settings: names,
  repeatable: ["server", "stop", "loraModules"],
  async run(call) {
    const { settings } = call;
    const training = trainingSettings(settings);
    expectOneServer(settings);
    expectExactRewards(settings);
    const policy = await readPolicy(settings.policy, settings.models);
    // Errors in the flags are found before anything is loaded or written.
    const options = engineOptions(training, policy);
    const prompts = await givenPrompts(settings, policy, (line) => call.terminal.note(line));
    // Disposed in reverse order: the runtime, the lock, then the server.
    await using servers = await serversFor(call);
    // Loading ignores the signal, and nothing has started yet.
    if (call.signal.aborted) return STOPPED;
    const rewards = await rewardsOf(call, { servers, training, policy });
    const directory = settings.out ??
      join("tmp", "ppo", `${policy.name}-${settings.credit}-${settings.seed}`);
    using _lock = await lockDirectory(directory);
    const record = await runRecord(settings, { policy, reward: rewards.model });
    const files = await openRunDirectory(directory, record, settings);
    const { threads } = settings;
    const device = oneDevice(settings.device);
    await using runtime = await openRuntime({
      device,
      ...threads === undefined ? {} : { threads },
    });
    const parts = { call, training, options, policy, prompts, rewards, files };
    return await trainAndReport(parts, await prepare(parts, runtime));
  },
});

/** The parts of a run. */
interface Parts {
  readonly call: PpoCall;
  readonly training: TrainingSettings;
  readonly options: PolicyEngineOptions;
  readonly policy: Policy;
  readonly prompts: GivenPrompts;
  readonly rewards: RewardSource;
  readonly files: RunFiles;
}

/** A run and its progress so far. */
interface Prepared {
  readonly run: Run;
  readonly progress: Progress;
}

/** Loads the weights, samples openings if there are no prompts, and restores the last checkpoint. */
async function prepare(
  parts: Parts,
  runtime: Runtime,
): Promise<Prepared> {
  const { call, training, options, policy, rewards, files } = parts;
  const { prompts: { prompts: given, evaluation } } = parts;
  const { settings, signal } = call;
  const engine = new PolicyEngine(runtime, options);
  const checkpoints = new Checkpoints(files.paths.checkpoints, {
    policy,
    layout: engine.layout,
    adapter: options.actorCritic.adapter,
    keep: settings.keepCheckpoints,
  });
  await setInitialState(engine, policy, training.seed);
  const { text } = policy;
  const limits = promptLimits(settings, policy);
  const prompts = given ?? await sampleOpenings(engine, text.opening, limits);
  const found = await checkpoints.latest();
  // After the openings, which are sampled from the initial policy.
  if (found !== undefined) await engine.setState(found.state);
  const { coefficient: klCoefficient } = training.kl;
  const progress = found?.progress ?? { step: 0, updates: 0, klCoefficient };
  // Steps after the checkpoint are repeated, with the same results.
  await files.truncateAfter(progress.step);
  const { checkpointEvery, samples: samplesPerStep } = settings;
  const { credit, stop } = training;
  const sources = { engine, text, rewards, credit, stop, signal };
  const stored = { files, checkpoints, checkpointEvery, samplesPerStep };
  // Openings, too, can be held out.
  const divided = dividedPrompts(prompts, evaluation, settings);
  return { run: { ...sources, ...divided, ...stored, settings: training }, progress };
}

/** Trains, and writes the report however the run ends. */
async function trainAndReport(parts: Parts, { run, progress }: Prepared): Promise<number> {
  const { call, training: { steps }, files } = parts;
  const { terminal } = call;
  terminal.note(`${summaryOf(parts)}${resumedFrom(progress.step, steps)}`);
  const [first] = await files.readMetrics();
  const display = startStepProgress(terminal, {
    total: steps,
    from: progress.step,
    ...(first === undefined ? {} : { firstScore: first.score_mean }),
  });
  const guard = guardOf(call);
  const onStep = (line: MetricsLine) => {
    display.update(line);
    guard(line);
  };
  const onEvaluation = (line: EvaluationLine) => noteBeside(terminal, evaluationNote(line));
  try {
    if (progress.step === 0) await showBefore(run);
    const done = await train({ ...run, onStep, onEvaluation }, progress);
    if (done.step > progress.step) await showAfter(run, done.step);
    display.stop();
    await noteReport(call, files);
    return done.step < steps ? STOPPED : 0;
  } catch (error) {
    display.stop();
    // The report must not hide the error that ended the run.
    await noteReport(call, files).catch((also) => terminal.note(`no report: ${also}`));
    throw error;
  } finally {
    await noteCheckpoint(call, run);
  }
}

/** Warns of a policy that has diverged, or stops its run. */
function guardOf({ settings, terminal }: PpoCall): (line: MetricsLine) => void {
  return divergenceGuard({
    limit: settings.divergedKl === 0 ? Infinity : settings.divergedKl,
    action: settings.onDivergence,
    warn: (message) => noteBeside(terminal, message),
  });
}

/**
 * As in `gpt2 learns from rewards of llama (abc, beta 0.8): 2 steps of 64 completions, in tmp/ppo`, with a word
 * on token ids where those are sent.
 */
function summaryOf({ training, policy, rewards, files }: Parts): string {
  const { steps, batch, credit: { method, beta } } = training;
  const form = rewards.takesIds ? ", told token ids" : "";
  return `${policy.name} learns from rewards of ${rewards.model} (${method}, beta ${beta}${form}): ` +
    `${counted(steps, "step")} of ${counted(batch, "completion")}, in ${
      dirname(files.paths.report)
    }`;
}

function resumedFrom(step: number, steps: number): string {
  if (step >= steps) return ", which are already done";
  return step > 0 ? `, resumed after step ${step}` : "";
}

/** Writes the report, if there is a finished step. */
async function noteReport({ terminal }: PpoCall, files: RunFiles): Promise<void> {
  if ((await files.readMetrics()).length === 0) return;
  terminal.note(`report: ${await writeReport(dirname(files.paths.report))}`);
}

/** Says where the policy is, and how to resume an unfinished run. */
async function noteCheckpoint(
  { terminal, settings: { steps } }: PpoCall,
  { checkpoints, files }: Run,
): Promise<void> {
  const saved = await checkpoints.latestStep() ?? 0;
  if (saved > 0) terminal.note(`policy: ${checkpoints.directoryOf(saved)}`);
  // It is saved when it is found, and kept.
  const best = bestStep(await files.readEvaluations());
  if (best !== undefined && best !== saved) {
    terminal.note(`best by evaluation: ${checkpoints.directoryOf(best)}`);
  }
  if (saved < steps) {
    terminal.note(`stopped after step ${saved} of ${steps}; the same command resumes there`);
  }
}

/** Writes the showcase of the initial policy; a stop meanwhile counts as one before the first step. */
async function showBefore(run: Run): Promise<void> {
  try {
    await writeShowcase(run, { step: 0, signal: run.signal });
  } catch (error) {
    if (!(error instanceof AbacusError) || error.kind !== "cancelled") throw error;
  }
}

/** How long a finished run waits for the rewards of its showcase. */
const showcaseMs = 15_000;

/** Writes the showcase of the trained policy. Training is saved, so a missing server is no error. */
async function showAfter(run: Run, step: number): Promise<void> {
  try {
    await writeShowcase(run, { step, signal: AbortSignal.timeout(showcaseMs) });
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
  }
}
