/**
 * Run files: the directory in which a training run leaves what it did.
 *
 *     run.json        settings, seed, models and versions, written once
 *     metrics.jsonl   one line per step
 *     samples.jsonl   some completions of some steps, with their token rewards
 *     checkpoints/    what a run resumes from; others know its insides
 *     report.html     all this for a reader
 *
 * A line counts once its line break is written: a process that is killed while it writes leaves a
 * torn last line, which readers pass over and the next line replaces. Knows nothing of training.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere, replaceFile } from "../../files.ts";
import { type MetricsLine, metricsLineSchema, numberOrNothing } from "./metrics.ts";

const runSchema = z.strictObject({
  settings: z.record(z.string(), z.json()),
  seed: z.int(),
  /** From a role, as in `policy` or `reward`, to the name of a model. */
  models: z.record(z.string(), z.string()),
  /** From a program or package to its version. */
  versions: z.record(z.string(), z.string()),
});

/** What run.json says: what a run is made of. */
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

/** A line of samples.jsonl: a completion, and per policy token its text, reward and KL. */
export type SampleLine = Readonly<z.infer<typeof sampleSchema>>;

/** Where the files of a run are. */
export interface RunPaths {
  readonly run: string;
  readonly metrics: string;
  readonly samples: string;
  /** Completions of a few prompts before training and after it. */
  readonly showcase: string;
  readonly checkpoints: string;
  readonly report: string;
}

/** The names within a run directory. */
export function runPaths(directory: string): RunPaths {
  return {
    run: join(directory, "run.json"),
    metrics: join(directory, "metrics.jsonl"),
    samples: join(directory, "samples.jsonl"),
    showcase: join(directory, "showcase.jsonl"),
    checkpoints: join(directory, "checkpoints"),
    report: join(directory, "report.html"),
  };
}

/** The directory of one run. One process at a time may write to it. */
export class RunFiles {
  readonly paths: RunPaths;

  /** Names the directory, without a look at it. */
  constructor(directory: string) {
    this.paths = runPaths(directory);
  }

  /**
   * Makes the directory of a new run.
   *
   * @throws {AbacusError} `bad_usage` where the directory cannot be made or holds a run already
   */
  static async create(directory: string, run: RunRecord): Promise<RunFiles> {
    const files = new RunFiles(directory);
    await makeDirectory(files.paths.checkpoints);
    if (await ifThere(Deno.readTextFile(files.paths.run)) !== undefined) {
      throw new AbacusError(
        "bad_usage",
        `Cannot start a run as the directory holds one already: received ${directory}`,
      );
    }
    await replaceFile(files.paths.run, `${JSON.stringify(runSchema.parse(run), null, 2)}\n`);
    return files;
  }

  /** @throws {AbacusError} `bad_usage` where there is no run, or run.json is damaged */
  async readRun(): Promise<RunRecord> {
    const text = await ifThere(Deno.readTextFile(this.paths.run));
    if (text !== undefined) return parseAs(runSchema, text, this.paths.run);
    throw new AbacusError(
      "bad_usage",
      `Cannot read the run as there is no such file: received ${this.paths.run}`,
    );
  }

  /** All whole lines, in the order of writing; none where nothing was written. */
  async readMetrics(): Promise<MetricsLine[]> {
    const { metrics } = this.paths;
    return parseLines(metricsLineSchema, await ifThere(Deno.readTextFile(metrics)) ?? "", metrics);
  }

  /** All whole lines, in the order of writing; none where nothing was written. */
  async readSamples(): Promise<SampleLine[]> {
    const { samples } = this.paths;
    return parseLines(sampleSchema, await ifThere(Deno.readTextFile(samples)) ?? "", samples);
  }

  /** The completions from before training, of step 0, and those of the last step that was shown. */
  async readShowcase(): Promise<SampleLine[]> {
    const { showcase } = this.paths;
    return parseLines(sampleSchema, await ifThere(Deno.readTextFile(showcase)) ?? "", showcase);
  }

  /** Keeps completions in place of those of other steps, but for those from before training. */
  async writeShowcase(lines: readonly SampleLine[]): Promise<void> {
    const training = lines.some(({ step }) => step > 0);
    const before = training ? (await this.readShowcase()).filter(({ step }) => step === 0) : [];
    const text = [...before, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
    await replaceFile(this.paths.showcase, text);
  }

  /** Adds the line of a step. */
  async appendMetrics(line: MetricsLine): Promise<void> {
    await appendLine(this.paths.metrics, JSON.stringify(line));
  }

  /** Adds completions. @throws {RangeError} where a list has not one entry per token */
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

  /** Drops the lines of later steps: what was done after the checkpoint of `step` is done again. */
  async truncateAfter(step: number): Promise<void> {
    for (const path of [this.paths.metrics, this.paths.samples]) {
      const text = await ifThere(Deno.readTextFile(path));
      if (text !== undefined) await replaceFile(path, linesUpTo(step, text, path));
    }
  }

  /** Puts the report in place of the one before. */
  async writeReport(html: string): Promise<void> {
    await replaceFile(this.paths.report, html);
  }
}

/**
 * The lines of a file, each checked. What stands after the last line break is torn and left out.
 *
 * @param path named in errors
 * @throws {AbacusError} `bad_usage` naming the line that cannot be read
 */
export function parseLines<Line>(schema: z.ZodType<Line>, text: string, path: string): Line[] {
  return wholeLines(text).map((line, i) => parseAs(schema, line, `${path}, line ${i + 1}`));
}

/** The text of the whole lines whose step is at most `step`, each as it was written. */
export function linesUpTo(step: number, text: string, path: string): string {
  const stepOf = z.object({ step: z.int() });
  const steps = parseLines(stepOf, text, path);
  return wholeLines(text).filter((_, i) => steps[i]!.step <= step).map((line) => `${line}\n`)
    .join("");
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

/** One write per line; a torn line that an earlier process left is cut off first. */
async function appendLine(path: string, line: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  const end = await wholeBytes(file);
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  const bytes = new TextEncoder().encode(`${line}\n`);
  // The system takes all of it at once, save where the disk is full or a signal comes between.
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** How many bytes of a file are whole lines. Looks from the end, a block at a time. */
async function wholeBytes(file: Deno.FsFile): Promise<number> {
  const { size } = await file.stat();
  const block = new Uint8Array(64 * 1024);
  // The common case is a file that ends well, which one byte shows.
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
      `Cannot make the directory as ${messageOf(cause)}: received ${path}`,
      { cause },
    );
  }
}
