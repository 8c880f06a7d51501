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
import { type Call, type Command, defineCommand, type Terminal } from "./command.ts";
import { duration, grouped } from "./figures.ts";
import { loadOptions, modelLine, modelSettings } from "./model_settings.ts";
import { startProgress } from "./progress.ts";
import { chunkScorer } from "./score/chunk_scorer.ts";
import { type Input, openInput, openOutput, type Output } from "./score/files.ts";
import { fileFingerprint, modelFingerprint } from "./score/fingerprint.ts";
import { type Fingerprint, Journal } from "./score/journal.ts";
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

/** Batches of a chunk, about: more would lose more to a kill, fewer would leave the engine waiting. */
const batchesPerChunk = 2;

const stopping = "stopping behind the rows that are being computed; once more stops at once";

/** The exit code of a run that was stopped, as shells count Ctrl-C. */
const stoppedCode = 130;

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
    // Faults of the arguments or the files are reported before the model is loaded.
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

/** What stands ready when the first row is scored. */
interface Work {
  readonly input: Input;
  readonly output: Output;
  readonly journal: Journal;
  readonly model: LoadedModel;
  readonly request: Omit<RewardRequest, "items">;
  readonly total: number;
}

/** Scores the rows that are left, and makes the output of them once they are all there. */
async function scoreAll(call: ScoreCall, work: Work): Promise<number> {
  const { settings, signal, terminal } = call;
  const { input, output, journal, model, request, total } = work;
  const from = totalsOf(journal);
  if (from.rows > 0) {
    terminal.note(`resuming behind row ${grouped(from.rows)} of ${grouped(total)}`);
  }
  // Behind the line of the bar, which is drawn over.
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

/** Where an interrupted run stood. */
function totalsOf({ lines, counts }: Journal): Totals {
  return { rows: lines, errors: counts["errors"] ?? 0, tokens: counts["tokens"] ?? 0 };
}

/** Notes how to resume. */
function stopped(terminal: Terminal, { totals, total }: { totals: Totals; total: number }): number {
  terminal.note(
    `stopped after ${grouped(totals.rows)} of ${grouped(total)} rows; ` +
      "the same command goes on from there",
  );
  return stoppedCode;
}

/** The line that closes a run, with the rates of this run alone. */
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

/** What is asked of the model for every row. Scores alone need no credit, so the cheapest is asked. */
function requestOf(settings: ScoreSettings, outPath: string): Omit<RewardRequest, "items"> {
  const { method, beta, truncate, encoding, tokens } = settings;
  if (encoding !== "json" && outPath.endsWith(".parquet")) {
    throw badUsage("Parquet holds numbers as they are", `--encoding ${encoding}`);
  }
  const { name } = asUsage(() => creditMethod(method));
  const credit = { method: tokens ? name : "terminal", beta };
  return { credit, truncate, encoding } as Omit<RewardRequest, "items">;
}

/** An error of the request as one of the flag that said so. */
function asUsage<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    throw new AbacusError("bad_usage", error.message, { cause: error });
  }
}

function badUsage(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot score as ${reason}: received ${received}`);
}

/**
 * Everything that the output depends on, so that two runs are never mixed in one file. The size of
 * batches is left out: it moves numbers by no more than batching may (law 2), and a run that was out of
 * memory must be able to go on with smaller ones.
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
