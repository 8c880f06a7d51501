/**
 * `score`: scores a file of any length, row by row, and resumes where it was interrupted.
 *
 * @module
 */

import { creditMethod } from "../credit/registry.ts";
import { AbacusError } from "../errors.ts";
import { unitText } from "../text/unit_rule.ts";
import type { SettingName, Settings } from "../settings.ts";
import type { RewardRequest } from "../wire/request.ts";
import { type Call, type Command, defineCommand, STOPPED, type Terminal } from "./command.ts";
import { duration, grouped } from "./figures.ts";
import { modelLine, modelSettings, modelWarnings } from "./model_settings.ts";
import { startProgress } from "./progress.ts";
import { chunkScorer } from "./score/chunk_scorer.ts";
import { announcement } from "./score/announcement.ts";
import { type Input, openInput, openOutput, type Output, requireAllRows } from "./score/files.ts";
import { choiceFingerprint, fileFingerprint } from "./score/fingerprint.ts";
import { type Fingerprint, Journal } from "./score/journal.ts";
import { type Layout, layoutsOf } from "./score/layouts.ts";
import { columnSettings, namedColumns, requireColumns } from "./score/named_columns.ts";
import { cannotScore } from "./score/row.ts";
import { runScoring } from "./score/run.ts";
import {
  openSubject,
  type Subject,
  type SubjectChoice,
  subjectChoice,
  subjectFingerprint,
} from "./score/subject.ts";
import { countsOf, exitCodeOf, preferenceLine, type Totals, totalsOf } from "./score/totals.ts";

const names = [
  ...modelSettings,
  "set",
  "mix",
  ...columnSettings,
  "method",
  "beta",
  "creditUnit",
  "creditPay",
  "creditPasses",
  "creditLayer",
  "truncate",
  "tokens",
  "encoding",
  "prefix",
  "fresh",
] as const satisfies SettingName[];

/** What a run is asked for. */
type ScoreSettings = Pick<Settings, typeof names[number]>;
type ScoreCall = Call<typeof names[number]>;

/**
 * Approximate batches of a chunk, which is computed and written together: with more, a kill loses
 * more; with fewer, the engine idles.
 */
const batchesPerChunk = 2;

const stopping = "stopping after the rows in progress; once more stops at once";

/** The command: files and flags are checked first, then rows are scored, then the output is made. */
export const score: Command<typeof names[number]> = defineCommand({
  operands: [
    {
      name: "IN",
      help: "rows to score, .jsonl, .jsonl.gz or .parquet, in a layout of TRL, verl, OpenRLHF or " +
        "LlamaFactory: prompt and completion, chosen and rejected, messages, ...",
    },
    {
      name: "OUT",
      help: "the same rows with their rewards, .jsonl or .parquet. The exit code is 2 where some " +
        "rows have an error in place of rewards, and 3 where all have",
    },
  ],
  settings: names,
  repeatable: ["model", "set", "mix"],
  async run(call) {
    const [inPath = "", outPath = ""] = call.operands;
    const { prefix, fresh } = call.settings;
    // Wrong flags and files, and columns that would collide, are reported before the model is loaded
    // and before anything is written.
    const request = requestOf(call.settings, outPath);
    const choice = subjectChoice(call.settings);
    const layouts = layoutsOf(namedColumns(call.settings));
    const input = await openInput(inPath);
    requireColumns(call.settings, input.survey);
    const output = await openOutput(outPath, { input, prefix });
    const fingerprint = await fingerprintOf(input, choice, call.settings);
    const options = { path: output.journal, result: output.path, fingerprint, fresh };
    await using journal = await Journal.open(options);
    call.terminal.note(await announcement(input.source, layouts));
    await using subject = await openSubject(choice);
    for (const each of subject.facts) {
      modelWarnings(each).forEach((line) => call.terminal.note(line));
    }
    subject.facts.forEach((each) => call.terminal.note(modelLine(each)));
    return await scoreAll(call, { input, output, journal, subject, request, layouts });
  },
});

/** The parts of a run, which are opened in this order. */
interface Work {
  readonly input: Input;
  readonly output: Output;
  /** How far the run has come. */
  readonly journal: Journal;
  /** What scores. */
  readonly subject: Subject;
  /** The request of every row, without its items. */
  readonly request: Omit<RewardRequest, "items">;
  readonly layouts: readonly Layout[];
}

/** Scores the remaining rows, and makes the output once all are scored. @returns the exit code */
async function scoreAll(call: ScoreCall, work: Work): Promise<number> {
  const { settings, signal, terminal } = call;
  const { input, output, journal, subject, request, layouts } = work;
  const total = input.survey.rows;
  const from = totalsOf(journal);
  if (from.rows > 0) {
    terminal.note(`resuming after row ${grouped(from.rows)} of ${grouped(total)}`);
  }
  // The note stands on a new line below the bar, which is redrawn.
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
    layouts,
    chunkTokens: batchesPerChunk * settings.maxBatchTokens,
    tokens: settings.tokens,
    prefix: settings.prefix,
    score: chunkScorer(subject.scorer, request),
    async write(rows, done) {
      await journal.commit(rows.map(output.line), countsOf(done));
      progress.update(done.rows, { tokens: done.tokens - from.tokens });
    },
    signal,
  }).finally(() => progress.stop());
  if (signal.aborted && totals.rows < total) return stopped(terminal, { totals, total });
  requireAllRows(totals.rows, input);
  await output.finish();
  await journal.complete();
  summarise(terminal, { totals, from, seconds: (performance.now() - startMs) / 1000, output });
  return exitCodeOf(totals);
}

/** Says how to resume. */
function stopped(terminal: Terminal, { totals, total }: { totals: Totals; total: number }): number {
  terminal.note(
    `stopped after ${grouped(totals.rows)} of ${grouped(total)} rows; ` +
      "the same command resumes there",
  );
  return STOPPED;
}

/** The last lines of a run, with the rates of this run alone. */
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
  if (totals.pairs > 0) terminal.note(preferenceLine(totals));
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
  const { creditUnit: unit, creditPay: pay } = settings;
  const { creditPasses: passes, creditLayer: layer } = settings;
  if (encoding !== "json" && outPath.endsWith(".parquet")) {
    throw cannotScore("Parquet stores numbers in binary", `--encoding ${encoding}`);
  }
  const name = method === undefined ? undefined : asUsage(() => creditMethod(method)).name;
  const credit = tokens
    ? { method: name, beta, unit, pay, passes, layer }
    : { method: "terminal", beta };
  return { credit, truncate, encoding } as Omit<RewardRequest, "items">;
}

/** The unit of credit and its pay, where they are not the method's own. */
function unitFingerprint(
  { creditUnit, creditPay, creditPasses, creditLayer }: Pick<
    ScoreSettings,
    "creditUnit" | "creditPay" | "creditPasses" | "creditLayer"
  >,
): Fingerprint {
  return {
    ...(creditUnit === undefined ? {} : { "--credit-unit": unitText(creditUnit) }),
    ...(creditPay === undefined ? {} : { "--credit-pay": creditPay }),
    ...(creditPasses === undefined ? {} : { "--credit-passes": String(creditPasses) }),
    ...(creditLayer === undefined ? {} : { "--credit-layer": String(creditLayer) }),
  };
}

/** The settings of steps, where any differs from what the model says. */
function stepFingerprint(
  { stepAt, stepMark, stepReduce }: Pick<ScoreSettings, "stepAt" | "stepMark" | "stepReduce">,
): Fingerprint {
  return {
    ...(stepAt === undefined ? {} : { "--step-at": stepAt }),
    ...(stepMark === undefined ? {} : { "--step-mark": stepMark }),
    ...(stepReduce === undefined ? {} : { "--step-reduce": stepReduce }),
  };
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
async function fingerprintOf(
  input: Input,
  choice: SubjectChoice,
  settings: ScoreSettings,
): Promise<Fingerprint> {
  const { score, method, beta, truncate, tokens, encoding, prefix } = settings;
  const { promptColumn, completionColumn, messagesColumn } = settings;
  const { poolAt, appendEos, pair } = settings;
  const [file, weights] = await Promise.all([
    fileFingerprint(input.path),
    subjectFingerprint(choice),
  ]);
  return {
    input: file,
    model: weights,
    ...(settings.set === undefined ? {} : { "--set": settings.set }),
    ...(settings.mix === undefined ? {} : { "--mix": settings.mix }),
    "--max-credit-tokens": String(settings.maxCreditTokens),
    "--score": score ?? "default",
    ...(settings.normalizeReward ? { "--normalize-reward": "true" } : {}),
    ...(settings.architecture === undefined ? {} : { "--architecture": settings.architecture }),
    ...(settings.head === undefined ? {} : { "--head": settings.head }),
    "--split-special-tokens": String(settings.splitSpecialTokens),
    "--pool-at": poolAt ?? "default",
    "--append-eos": String(appendEos),
    ...(pair === undefined ? {} : { "--pair": String(pair) }),
    "--chat-template": await choiceFingerprint(settings.chatTemplate),
    "--method": method ?? "default",
    ...unitFingerprint(settings),
    ...stepFingerprint(settings),
    "--beta": String(beta),
    "--truncate": truncate,
    "--tokens": String(tokens),
    "--encoding": encoding,
    "--prefix": prefix,
    "--prompt-column": promptColumn ?? "recognised",
    "--completion-column": completionColumn ?? "recognised",
    "--messages-column": messagesColumn ?? "recognised",
    "--device": settings.device,
    "--dtype": settings.dtype,
  };
}
