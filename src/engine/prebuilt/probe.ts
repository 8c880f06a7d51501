/**
 * Probe: what can be found out about a prebuilt graph by running it, as its file does not say it: which tokens
 * its score is computed from, and whether texts may run beside others.
 *
 * Behind the last attention nothing passes from one token to another, so the score depends on the rows of
 * just those tokens that it is read at. The weights of one row after the other are nudged, and the score
 * tells.
 *
 * @module
 */

import type { AttentionKind, Pooling } from "../../architectures/architecture.ts";
import type { Text } from "./padded_texts.ts";
import type { TextAnswer, TextRunner } from "./text_runner.ts";
import type { Company } from "./together.ts";

/** What was found. */
export interface Findings {
  readonly company: Company;
  /** Where the score is read; absent where it cannot be told. */
  readonly pooling?: Pooling;
  /** How the last layer attends; absent where its weights are not given out. */
  readonly attention?: AttentionKind;
}

/** What a probe goes by. */
export interface ProbeOptions {
  readonly vocabulary: number;
  /** The id that config.json says is padding. */
  readonly padId: number | undefined;
  /** Whether the head takes sums or means. */
  readonly isReduced: boolean;
  /** How far two answers to one text may differ, relative to the larger of 1 and their size. */
  readonly tolerance: number;
}

/** Added to the weights of a row, which are at most 1. */
const NUDGE = 1;
/**
 * A row that moves the score by less than this part of what the strongest does has no say in it: one that has
 * none moves it by nothing, and one of many that are averaged may by chance move it by little.
 */
const SAY = 1e-4;
/** What rounding may move it by, relative to the larger of 1 and its size. */
const NOISE = 1e-6;

/** @throws {Error} with the runtime's own words, where the graph does not run at all */
export async function probe(runner: TextRunner, options: ProbeOptions): Promise<Findings> {
  const company = await companyOf(runner, options);
  if (!runner.options.attention) return { company };
  const { rows, weights } = await nudged(runner, ordinary(options, 5));
  const attention = isCausal(weights) ? "causal" : "bidirectional";
  const pooling = await poolingOf(rows, runner, options);
  return { company, attention, ...(pooling === undefined ? {} : { pooling }) };
}

/** Texts that are answered beside others as they are alone. */
async function companyOf(runner: TextRunner, options: ProbeOptions): Promise<Company> {
  const [long, short, other] = [[7, 0], [4, 7], [7, 11]].map(([length, from]) =>
    ordinary(options, length!, from)
  );
  const alone = async (text: Text) => (await runner.run([text])).answers[0]!;
  const [ofLong, ofShort, ofOther] = [await alone(long!), await alone(short!), await alone(other!)];
  const { tolerance } = options;
  const agree = async (texts: Text[], expected: TextAnswer[]) => {
    try {
      const { answers } = await runner.run(texts);
      return answers.every((answer, i) => areAlike(answer, expected[i]!, tolerance));
    } catch {
      return false; // a graph of one text at a time
    }
  };
  const hasMask = runner.options.inputs.has("attention_mask");
  if (hasMask && await agree([short!, long!], [ofShort, ofLong])) return "padded";
  return await agree([long!, other!], [ofLong, ofOther]) ? "equal" : "alone";
}

/** A text of ids from all over the vocabulary, none of them padding. */
function ordinary({ vocabulary, padId }: ProbeOptions, length: number, from = 0): Text {
  const ids = Int32Array.from({ length }, (_, i) => {
    const id = Math.floor((i + from + 1) * vocabulary / 24) % vocabulary;
    return id === padId ? (id + 1) % vocabulary : id;
  });
  return { ids, rows: [0] };
}

/** Of each row of a text, whether the score depends on it, and its weights. */
async function nudged(
  runner: TextRunner,
  text: Text,
): Promise<{ rows: number[]; weights: Float32Array[] }> {
  const { answers: [plain] } = await runner.run([text]);
  const moved: number[] = [];
  const weights: Float32Array[] = [];
  for (let at = 0; at < text.ids.length; at++) {
    const { answers: [answer] } = await runner.run([{ ...text, rows: [at] }], { at, by: NUDGE });
    moved.push(distance(answer!.logits, plain!.logits));
    weights.push(answer!.attention!);
  }
  const most = Math.max(...moved);
  const least = Math.max(SAY * most, NOISE * Math.max(1, ...plain!.logits.map(Math.abs)));
  return { rows: [...moved.keys()].filter((at) => moved[at]! > least), weights };
}

/**
 * The rule that all probes agree on. A decoder may read the last token that is not padding, whatever the mask
 * says, and those of older releases the last one before the first padding, which is no rule here.
 */
async function poolingOf(
  rows: readonly number[],
  runner: TextRunner,
  options: ProbeOptions,
): Promise<Pooling | undefined> {
  if (rows.length === 5 && options.isReduced) return "mean";
  if (rows.length !== 1) return undefined;
  if (rows[0] === 0) return "first";
  if (rows[0] !== 4) return undefined;
  const { padId } = options;
  if (padId === undefined) return "last";
  const { ids } = ordinary(options, 5);
  const padded = ids.map((id, at) => at === 1 || at === 4 ? padId : id);
  const { rows: [row, ...others] } = await nudged(runner, { ids: padded, rows: [0] });
  if (others.length > 0) return undefined;
  return row === 3 ? { lastNot: padId } : row === 4 ? "last" : undefined;
}

function isCausal(weights: readonly Float32Array[]): boolean {
  return weights.every((row, at) => row.subarray(at + 1).every((weight) => weight === 0));
}

function areAlike(found: TextAnswer, expected: TextAnswer, tolerance: number): boolean {
  const isClose = (a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()) =>
    distance(a, b) <= tolerance * Math.max(1, ...b.map(Math.abs));
  return isClose(found.logits, expected.logits) && isClose(found.attention, expected.attention);
}

/** The largest difference; NaN is as far as can be. */
function distance(a: Float32Array, b: Float32Array): number {
  const gaps = Array.from(a, (each, i) => Math.abs(each - b[i]!));
  return gaps.reduce((most, gap) => gap <= most ? most : Number.isNaN(gap) ? Infinity : gap, 0);
}
