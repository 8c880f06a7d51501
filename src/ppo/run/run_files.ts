/**
 * Run files: the directory of a training run.
 *
 *     run.json        settings, seed, models and versions; written once
 *     metrics.jsonl   one line per step, and one per evaluation
 *     samples.jsonl   some completions of each step, with their token rewards
 *     showcase.jsonl  completions of the same prompts before and after training
 *     tensorboard/    the numbers of metrics.jsonl for TensorBoard (`event_file.ts`)
 *     checkpoints/    what a run resumes from (`checkpoint.ts`)
 *     report.html     all of this for a reader
 *
 * A line counts once its line break is written: a process killed while writing leaves an incomplete last
 * line, which readers skip and the next line replaces.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere, replaceFile, writeAll } from "../../files.ts";
import { type EvaluationLine, evaluationLineSchema, isEvaluation } from "./evaluation_metrics.ts";
import { EventFile, type Scalars } from "./event_file.ts";
import { type MetricsLine, metricsLineSchema, numberOrNothing } from "./metrics.ts";

const runSchema = z.strictObject({
  settings: z.record(z.string(), z.json()),
  seed: z.int(),
  /** Names of models by role, as in `policy` or `reward`. */
  models: z.record(z.string(), z.string()),
  /** Versions by program. */
  versions: z.record(z.string(), z.string()),
});

/** The contents of run.json. */
export type RunRecord = Readonly<z.infer<typeof runSchema>>;

const sampleSchema = z.object({
  step: z.int().min(0),
  prompt: z.string(),
  completion: z.string(),
  score: numberOrNothing,
  ended: z.boolean(),
  tokens: z.array(z.string()),
  rewards: z.array(numberOrNothing),
  kl: z.array(numberOrNothing),
}).refine(
  ({ tokens, rewards, kl }) => rewards.length === tokens.length && kl.length === tokens.length,
  { error: "rewards and kl must have one number per token" },
);

/** A line of samples.jsonl: a completion with the text, reward and KL of each of its tokens. */
export type SampleLine = Readonly<z.infer<typeof sampleSchema>>;

/** Reads some lines of metrics.jsonl; the others are undefined. */
function only<Line>(isWanted: (line: object) => boolean, schema: z.ZodType<Line>) {
  return z.looseObject({}).transform((line): unknown => isWanted(line) ? line : undefined)
    .pipe(schema.optional());
}

const ofEvaluations = only(isEvaluation, evaluationLineSchema);
const ofSteps = only((line) => !isEvaluation(line), metricsLineSchema);

/** Paths of a run's files. */
export interface RunPaths {
  readonly run: string;
  readonly metrics: string;
  readonly samples: string;
  readonly showcase: string;
  readonly tensorboard: string;
  readonly checkpoints: string;
  readonly report: string;
}

/** The paths in a run directory. */
export function runPaths(directory: string): RunPaths {
  return {
    run: join(directory, "run.json"),
    metrics: join(directory, "metrics.jsonl"),
    samples: join(directory, "samples.jsonl"),
    showcase: join(directory, "showcase.jsonl"),
    tensorboard: join(directory, "tensorboard"),
    checkpoints: join(directory, "checkpoints"),
    report: join(directory, "report.html"),
  };
}

/** The directory of one run. One process at a time may write to it. */
export class RunFiles {
  readonly paths: RunPaths;
  readonly #events: EventFile;

  /** Does not access the directory. */
  constructor(directory: string) {
    this.paths = runPaths(directory);
    this.#events = new EventFile(this.paths.tensorboard);
  }

  /**
   * Creates the directory of a new run.
   *
   * @throws {AbacusError} `bad_usage` if the directory cannot be created or already has a run
   */
  static async create(directory: string, run: RunRecord): Promise<RunFiles> {
    const files = new RunFiles(directory);
    await makeDirectory(files.paths.checkpoints);
    if (await ifThere(Deno.readTextFile(files.paths.run)) !== undefined) {
      throw new AbacusError(
        "bad_usage",
        `Cannot start a run as the directory already has one: received ${directory}`,
      );
    }
    await replaceFile(files.paths.run, `${JSON.stringify(runSchema.parse(run), null, 2)}\n`);
    return files;
  }

  /** @throws {AbacusError} `bad_usage` if there is no run, or run.json is damaged */
  async readRun(): Promise<RunRecord> {
    const text = await ifThere(Deno.readTextFile(this.paths.run));
    if (text !== undefined) return parseAs(runSchema, text, this.paths.run);
    throw new AbacusError(
      "bad_usage",
      `Cannot read the run as there is no such file: received ${this.paths.run}`,
    );
  }

  /** The lines of all steps, in order; none if there is no file. */
  async readMetrics(): Promise<MetricsLine[]> {
    const lines = await readLines(ofSteps, this.paths.metrics);
    return lines.filter((line) => line !== undefined);
  }

  /** The lines of all evaluations, in order; none if there is no file. */
  async readEvaluations(): Promise<EvaluationLine[]> {
    const lines = await readLines(ofEvaluations, this.paths.metrics);
    return lines.filter((line) => line !== undefined);
  }

  /** All complete lines, in order; none if there is no file. */
  async readSamples(): Promise<SampleLine[]> {
    return await readLines(sampleSchema, this.paths.samples);
  }

  /** Completions before training (step 0), and those of the last step that was written. */
  async readShowcase(): Promise<SampleLine[]> {
    return await readLines(sampleSchema, this.paths.showcase);
  }

  /** Replaces the completions of other steps, except those before training. */
  async writeShowcase(lines: readonly SampleLine[]): Promise<void> {
    const training = lines.some(({ step }) => step > 0);
    const before = training ? (await this.readShowcase()).filter(({ step }) => step === 0) : [];
    const text = [...before, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
    await replaceFile(this.paths.showcase, text);
  }

  /** Appends the line of a step or of an evaluation. */
  async appendMetrics(line: MetricsLine | EvaluationLine): Promise<void> {
    await appendLine(this.paths.metrics, JSON.stringify(line));
    await this.#events.append(scalarsOf(line));
  }

  /** Appends completions. @throws {RangeError} unless every list has one entry per token */
  async appendSamples(lines: readonly SampleLine[]): Promise<void> {
    for (const { tokens, rewards, kl } of lines) {
      if (rewards.length === tokens.length && kl.length === tokens.length) continue;
      throw new RangeError(
        `Cannot write a sample as its lists must have one entry per token: received ` +
          `${tokens.length} tokens, ${rewards.length} rewards, ${kl.length} kl`,
      );
    }
    for (const line of lines) await appendLine(this.paths.samples, JSON.stringify(line));
  }

  /** Drops the lines of later steps, which a run resumed from the checkpoint of `step` repeats. */
  async truncateAfter(step: number): Promise<void> {
    for (const path of [this.paths.metrics, this.paths.samples]) {
      const text = await ifThere(Deno.readTextFile(path));
      if (text !== undefined) await replaceFile(path, linesUpTo(step, text, path));
    }
    this.#events.resumeAfter(step);
  }

  /** Writes or replaces the report. */
  async writeReport(html: string): Promise<void> {
    await replaceFile(this.paths.report, html);
  }
}

/** A line's numbers under tags that TensorBoard groups: `train/score_mean`, and `eval/score_mean` beside it. */
function scalarsOf({ step, ...numbers }: MetricsLine | EvaluationLine): Scalars {
  const group = isEvaluation(numbers) ? "eval" : "train";
  const values = Object.entries<number>(numbers)
    .map(([name, value]) => [`${group}/${name.replace(/^eval_/, "")}`, value] as const);
  return { step, values: new Map(values) };
}

/**
 * Parses and validates the lines of a file. Text after the last line break is incomplete and ignored.
 *
 * @param path named in errors
 * @throws {AbacusError} `bad_usage` naming the line that is invalid
 */
export function parseLines<Line>(schema: z.ZodType<Line>, text: string, path: string): Line[] {
  return wholeLines(text).map((line, i) => parseAs(schema, line, `${path}, line ${i + 1}`));
}

/** The complete lines whose step is at most `step`, unchanged. */
export function linesUpTo(step: number, text: string, path: string): string {
  const stepOf = z.object({ step: z.int() });
  const steps = parseLines(stepOf, text, path);
  return wholeLines(text).filter((_, i) => steps[i]!.step <= step).map((line) => `${line}\n`)
    .join("");
}

async function readLines<Line>(schema: z.ZodType<Line>, path: string): Promise<Line[]> {
  return parseLines(schema, await ifThere(Deno.readTextFile(path)) ?? "", path);
}

function wholeLines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function parseAs<T>(schema: z.ZodType<T>, text: string, place: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError
      ? cause.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ")
      : "it is not JSON";
    throw new AbacusError("bad_usage", `Cannot read the run as ${reason}: received ${place}`, {
      cause,
    });
  }
}

/** Removes an incomplete line that an earlier process left, then writes the line at once. */
async function appendLine(path: string, line: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  const end = await wholeBytes(file);
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  await writeAll(file, new TextEncoder().encode(`${line}\n`));
}

/** The length of a file up to its last line break. Searches from the end, a block at a time. */
async function wholeBytes(file: Deno.FsFile): Promise<number> {
  const { size } = await file.stat();
  const block = new Uint8Array(64 * 1024);
  // The first block is one byte, as a file usually ends with a line break.
  for (let end = size, length = 1; end > 0; end -= length, length = block.length) {
    length = Math.min(length, end);
    await file.seek(end - length, Deno.SeekMode.Start);
    const read = await file.read(block.subarray(0, length)) ?? 0;
    const newline = block.subarray(0, read).lastIndexOf(0x0a);
    if (newline >= 0) return end - length + newline + 1;
  }
  return 0;
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot create the directory as ${messageOf(cause)}: received ${path}`,
      { cause },
    );
  }
}
