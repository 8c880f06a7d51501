/**
 * `score`: scores a file of any length, row by row, and resumes where it was interrupted.
 *
 * @module
 */

import { creditMethod } from "../credit/registry.ts";
import { AbacusError } from "../errors.ts";
import { findModel } from "../model/find_model.ts";
import { loadModel } from "../model/load_model.ts";
import type { LoadedModel } from "../model/model.ts";
import type { SettingName, Settings } from "../settings.ts";
import type { RewardRequest } from "../wire/request.ts";
import { type Call, type Command, defineCommand, STOPPED, type Terminal } from "./command.ts";
import { duration, grouped } from "./figures.ts";
import { loadOptions, modelLine, modelSettings } from "./model_settings.ts";
import { startProgress } from "./progress.ts";
import { chunkScorer } from "./score/chunk_scorer.ts";
import { type Input, openInput, openOutput, type Output } from "./score/files.ts";
import { fileFingerprint, modelFingerprint } from "./score/fingerprint.ts";
import { type Fingerprint, Journal } from "./score/journal.ts";
import { cannotScore } from "./score/row.ts";
import { runScoring, type Totals } from "./score/run.ts";

const names = [
  ...modelSettings,
  "method",
  "beta",
  "truncate",
  "tokens",
  "encoding",
  "prefix",
  "fresh",
] as const satisfies SettingName[];

type ScoreSettings = Pick<Settings, typeof names[number]>;
type ScoreCall = Call<typeof names[number]>;

/** Approximate batches of a chunk: with more, a kill loses more; with fewer, the engine idles. */
const batchesPerChunk = 2;

const stopping = "stopping after the rows in progress; once more stops at once";

/** The command. */
export const score: Command<typeof names[number]> = defineCommand({
  operands: [
    {
      name: "IN",
      help: "rows to score, .jsonl, .jsonl.gz or .parquet: a prompt (or messages, or prompt_ids) " +
        "with a completion (or completions, or completion_ids) each",
    },
    { name: "OUT", help: "the same rows with their rewards, .jsonl or .parquet" },
  ],
  settings: names,
  async run(call) {
    const [inPath = "", outPath = ""] = call.operands;
    const { prefix, fresh } = call.settings;
    // Wrong flags and files are reported before the model is loaded.
    const request = requestOf(call.settings, outPath);
    const input = await openInput(inPath);
    const output = await openOutput(outPath, { input, prefix });
    const fingerprint = await fingerprintOf(input, call.settings);
    const options = { path: output.journal, result: output.path, fingerprint, fresh };
    await using journal = await Journal.open(options);
    // Counting the rows of a large file takes as long as loading the model.
    const [total, model] = await Promise.all([
      input.source.count(),
      loadModel(call.settings.model, loadOptions(call.settings)),
    ]);
    await using _model = model;
    call.terminal.note(modelLine(model));
    return await scoreAll(call, { input, output, journal, model, request, total });
  },
});

/** The parts of a run. */
interface Work {
  readonly input: Input;
  readonly output: Output;
  readonly journal: Journal;
  readonly model: LoadedModel;
  readonly request: Omit<RewardRequest, "items">;
  readonly total: number;
}

/** Scores the remaining rows, and makes the output once all are scored. */
async function scoreAll(call: ScoreCall, work: Work): Promise<number> {
  const { settings, signal, terminal } = call;
  const { input, output, journal, model, request, total } = work;
  const from = totalsOf(journal);
  if (from.rows > 0) {
    terminal.note(`resuming after row ${grouped(from.rows)} of ${grouped(total)}`);
  }
  // On a new line below the bar, which is redrawn.
  const noteStop = () => terminal.note(`${terminal.interactive ? "\n" : ""}${stopping}`);
  signal.addEventListener("abort", noteStop, { once: true });
  const startMs = performance.now();
  const progress = startProgress(terminal, {
    label: "scoring",
    unit: "rows",
    total,
    from: from.rows,
  });
  const totals = await runScoring({
    source: input.source,
    from,
    chunkTokens: batchesPerChunk * settings.maxBatchTokens,
    tokens: settings.tokens,
    prefix: settings.prefix,
    score: chunkScorer(model, { request, maxTokens: settings.maxBatchTokens }),
    async write(rows, { rows: done, errors, tokens }) {
      await journal.commit(rows.map(output.line), { errors, tokens });
      progress.update(done, { tokens: tokens - from.tokens });
    },
    signal,
  }).finally(() => progress.stop());
  if (signal.aborted && totals.rows < total) return stopped(terminal, { totals, total });
  await output.finish();
  await journal.complete();
  summarise(terminal, { totals, from, seconds: (performance.now() - startMs) / 1000, output });
  return 0;
}

/** The totals of an interrupted run. */
function totalsOf({ lines, counts }: Journal): Totals {
  return { rows: lines, errors: counts["errors"] ?? 0, tokens: counts["tokens"] ?? 0 };
}

/** Says how to resume. */
function stopped(terminal: Terminal, { totals, total }: { totals: Totals; total: number }): number {
  terminal.note(
    `stopped after ${grouped(totals.rows)} of ${grouped(total)} rows; ` +
      "the same command resumes there",
  );
  return STOPPED;
}

/** The last line of a run, with the rates of this run alone. */
function summarise(
  terminal: Terminal,
  { totals, from, seconds, output }: {
    totals: Totals;
    from: Totals;
    seconds: number;
    output: Output;
  },
): void {
  const errors = totals.errors === 0
    ? ""
    : `, ${grouped(totals.errors)} of them with an error (such as: ${
      totals.firstError ?? "earlier"
    })`;
  const rate = (count: number) => grouped(count / Math.max(seconds, 1e-3));
  terminal.note(
    `scored ${grouped(totals.rows)} rows${errors} in ${duration(seconds)} ` +
      `(${rate(totals.rows - from.rows)} rows/s, ${rate(totals.tokens - from.tokens)} tokens/s): ` +
      output.path,
  );
}

/** The request of every row. Scores alone need no credit, so its method is the cheapest. */
function requestOf(settings: ScoreSettings, outPath: string): Omit<RewardRequest, "items"> {
  const { method, beta, truncate, encoding, tokens } = settings;
  if (encoding !== "json" && outPath.endsWith(".parquet")) {
    throw cannotScore("Parquet stores numbers in binary", `--encoding ${encoding}`);
  }
  const { name } = asUsage(() => creditMethod(method));
  const credit = { method: tokens ? name : "terminal", beta };
  return { credit, truncate, encoding } as Omit<RewardRequest, "items">;
}

/** The error of a request as one of its flags. */
function asUsage<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    throw new AbacusError("bad_usage", error.message, { cause: error });
  }
}

/**
 * Everything that the output depends on, so that two runs are never mixed in one file. The size of
 * batches is not included: its effect is within the tolerance of batching (law 2), and after running out
 * of memory a run should be able to resume with smaller batches.
 */
async function fingerprintOf(input: Input, settings: ScoreSettings): Promise<Fingerprint> {
  const { model, models, score, method, beta, truncate, tokens, encoding, prefix } = settings;
  const [file, weights] = await Promise.all([
    fileFingerprint(input.path),
    findModel(model, { models }).then(modelFingerprint),
  ]);
  return {
    input: file,
    model: weights,
    "--score": score ?? "default",
    ...(settings.architecture === undefined ? {} : { "--architecture": settings.architecture }),
    "--method": method,
    "--beta": String(beta),
    "--truncate": truncate,
    "--tokens": String(tokens),
    "--encoding": encoding,
    "--prefix": prefix,
    "--device": settings.device,
    "--dtype": settings.dtype,
  };
}
