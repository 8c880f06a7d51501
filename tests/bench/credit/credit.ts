/**
 * Measures every credit method at every unit on texts where the truth is known, and prints tables.
 *
 *     deno task bench:credit [--model DIR] [--texts N] [--method NAME] [--unit UNIT] [--only SECTION]
 *         [--out FILE.json] [--real FILE.jsonl] [--marked DIR] [--rounds N]
 *
 * Planted: neutral sentences with one that decides (`planted.ts`). Additive: a model whose score is a known sum
 * (`additive.ts`). Curves: the score as tokens go or come by their credit (`curves.ts`), of planted texts, and of
 * real ones from a file of the user's (`real_texts.ts`). Marked: words that people marked, in ERASER's format, from
 * a directory of the user's (`marked.ts`). Cost: texts, tokens and time of each method over scores alone.
 * Negations: what "not" does to the score (`negations.ts`).
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { ScoredCompletion } from "../../../src/scorer/scored.ts";
import type { Span } from "../../../src/text/encoding.ts";
import { parseUnit, type UnitRule, unitText } from "../../../src/text/unit_rule.ts";
import { seeded } from "../seeded.ts";
import { additiveText, wordWeights, writeAdditiveModel } from "./additive.ts";
import { areaUnder, curvesOf, randomValues } from "./curves.ts";
import { markedTexts } from "./marked.ts";
import { negationsOf } from "./negations.ts";
import { plantedTexts, plantKinds } from "./planted.ts";
import { realTexts } from "./real_texts.ts";
import { averagePrecision, correlation, mean, relativeError } from "./ranking.ts";
import { openSubject, type Subject } from "./subject.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    model: { type: "string", default: "models/movie-reward" },
    texts: { type: "string", default: "80" },
    method: { type: "string" },
    unit: { type: "string" },
    marked: { type: "string" },
    real: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    words: { type: "string", default: "250" },
    out: { type: "string" },
  },
});
const count = Number(flags.texts);
const asked = flags.unit === undefined ? undefined : parseUnit(flags.unit);
if (flags.unit !== undefined && asked === undefined) {
  throw new Error(
    `Cannot measure as --unit must be a unit, as in window:5: received ${flags.unit}`,
  );
}
const units: readonly UnitRule[] = asked === undefined
  ? ["token", { window: 5 }, "clause", "sentence"]
  : [asked];
/** Controls know nothing of a text. */
const controls: ReadonlySet<string> = new Set(["uniform", "terminal"]);
/** Below this change of the score a plant decided nothing. */
const LEAST_CHANGE = 0.5;

/** One line of a table. */
type Row = Readonly<Record<string, string | number>>;

const found: Record<string, Row[]> = {};

/** A method at a unit. */
interface Way {
  readonly method: string;
  readonly unit: UnitRule;
}

{
  await using subject = await openSubject(flags.model);
  await section("planted", () => planted(subject));
  await section("negations", async () => [{ model: subject.name, ...await negationsOf(subject) }]);
  await section("curves", () => {
    return curves(subject, plantedTexts(Math.min(count, 24), 11).map(({ text }) => text));
  });
  if (flags.real !== undefined) {
    const texts = await realTexts(flags.real, { count, words: Number(flags.words) });
    await section("real curves", () => curves(subject, texts));
  }
  await section("cost", () => cost(subject));
  if (flags.marked !== undefined) await section("marked", () => marked(subject, flags.marked!));
}
await section("additive", additive);
if (flags.out !== undefined) {
  await Deno.writeTextFile(flags.out, JSON.stringify(found, null, 1) + "\n");
}

async function section(name: string, rows: () => Promise<Row[]>): Promise<void> {
  if (flags.only !== undefined && flags.only !== name) return;
  const made = await rows();
  found[name] = made;
  const keys = Object.keys(made[0] ?? {});
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    line(keys),
    line(keys.map((_, i) => i < 2 ? "---" : "---:")),
    ...made.map((row) => line(keys.map((key) => shown(row[key]!)))),
  ];
  write(`\n## ${name}\n\n${lines.join("\n")}\n`);
}

function shown(value: string | number): string {
  return typeof value === "string" ? value : Number.isFinite(value) ? value.toFixed(3) : "-";
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Every way that says something of a text; one text more per token is more than a benchmark has time for. */
function waysOf({ methods }: Subject): Way[] {
  const named = flags.method === undefined ? methods : [flags.method];
  return named.filter((method) => !controls.has(method)).flatMap((method) =>
    units.filter((unit) => method !== "shapley" || unit === "clause" || unit === "sentence").map((
      unit,
    ) => ({ method, unit }))
  );
}

async function credited(
  subject: Subject,
  texts: readonly string[],
  { method, unit }: Way,
): Promise<readonly ScoredCompletion[]> {
  const credit = { method, unit, pay: "spread", beta: 1, passes: 256 } as const;
  return (await subject.credit(texts, credit)).completions;
}

/** How far the plant's credit goes with what the plant changed, and how well its words stand out. */
async function planted(subject: Subject): Promise<Row[]> {
  const all = plantedTexts(count, 7);
  const scores = await subject.scores(
    [...all.map(({ text }) => text), ...all.map(({ neutral }) => neutral)]
      .map((completion) => ({ kind: "plain", prompt: "", completion })),
  );
  const known = all.map((text, i) => ({ ...text, change: scores[i]! - scores[all.length + i]! }))
    .filter(({ change }) => Math.abs(change) >= LEAST_CHANGE);
  const texts = known.map(({ text }) => text);
  const rows: Row[] = [];
  for (const way of waysOf(subject)) {
    const completions = await credited(subject, texts, way);
    const paid = known.map(({ plant }, i) => paidWithin(completions[i]!, plant));
    const precision = known.map(({ marked, change }, i) =>
      precisionOf(completions[i]!, { marks: [marked], sign: Math.sign(change) })
    );
    const right = known.map(({ change }, i) => Number(Math.sign(paid[i]!) === Math.sign(change)));
    rows.push({
      method: way.method,
      unit: unitText(way.unit),
      texts: String(known.length),
      "correlation with the change": correlation(paid, known.map(({ change }) => change)),
      "right sign": mean(right),
      "average precision": mean(precision),
      ...Object.fromEntries(
        plantKinds.map((kind) => [
          kind,
          mean(precision.filter((_, i) => known[i]!.kind === kind)),
        ]),
      ),
    });
  }
  const chance = known.map(({ marked }, i) => chanceOf(texts[i]!, [marked]));
  rows.push({
    method: "any order",
    unit: "",
    texts: String(known.length),
    "correlation with the change": 0,
    "right sign": 0.5,
    "average precision": mean(chance),
    ...Object.fromEntries(
      plantKinds.map((kind) => [kind, mean(chance.filter((_, i) => known[i]!.kind === kind))]),
    ),
  });
  return rows;
}

/** What the tokens that begin in a range of characters are paid. */
function paidWithin({ rewards, offsets = [] }: ScoredCompletion, range: Span): number {
  return offsets.reduce(
    (sum, place, token) => sum + (isWithin(place, range) ? rewards[token]! : 0),
    0,
  );
}

/** A token is of the range that its last character is in. */
function isWithin([, end]: Span, [from, to]: Span): boolean {
  return end > from && end <= to;
}

function precisionOf(
  { rewards, offsets = [] }: ScoredCompletion,
  { marks, sign }: { marks: readonly Span[]; sign: number },
): number {
  return averagePrecision(
    Array.from(rewards, (reward) => sign * reward),
    offsets.map((place) => marks.some((range) => isWithin(place, range))),
  );
}

/** The average precision of all tokens in one tie, about: the part of the text that is marked. */
function chanceOf(text: string, marks: readonly Span[]): number {
  return marks.reduce((sum, [start, end]) => sum + end - start, 0) / Array.from(text).length;
}

/** Areas under deletion and insertion, against those of a random order; more is better in both. */
async function curves(subject: Subject, texts: readonly string[]): Promise<Row[]> {
  const areas = async (
    valuesOf: (completion: ScoredCompletion, i: number) => number[],
    all: readonly ScoredCompletion[],
  ) => {
    const each = [];
    for (const [i, completion] of all.entries()) {
      const { deletion, insertion } = await curvesOf(subject, completion, valuesOf(completion, i));
      each.push([areaUnder(deletion), areaUnder(insertion)] as const);
    }
    return each;
  };
  const { completions: plain } = await subject.credit(texts, { method: "uniform", beta: 1 });
  const seeds = [1, 2, 3];
  const random = await Promise.all(
    seeds.map((seed) =>
      areas(({ rewards }, i) => randomValues(rewards.length, 100 * seed + i), plain)
    ),
  );
  const chance = (i: number, which: 0 | 1) => mean(random.map((one) => one[i]![which]));
  const rows: Row[] = [];
  for (const way of waysOf(subject)) {
    const completions = await credited(subject, texts, way);
    const own = await areas(
      ({ rewards, score }) => Array.from(rewards, (reward) => reward * Math.sign(score)),
      completions,
    );
    rows.push({
      method: way.method,
      unit: unitText(way.unit),
      texts: String(texts.length),
      "deletion below random": mean(own.map(([area], i) => chance(i, 0) - area)),
      "insertion above random": mean(own.map(([, area], i) => area - chance(i, 1))),
    });
  }
  return rows;
}

/** What each method costs beside the scores alone, in alternation. */
async function cost(subject: Subject): Promise<Row[]> {
  const texts = plantedTexts(16, 3).map(({ text }) => text);
  const rows: Row[] = [];
  for (const method of flags.method === undefined ? subject.methods : [flags.method]) {
    for (const unit of ["token", "sentence"] as const) {
      if (method === "shapley" && unit === "token") continue;
      const credit = { method, unit, beta: 1 };
      await subject.credit(texts, credit); // opens the session of a pass of its own
      const ratios: number[] = [];
      let asked = await subject.credit(texts, credit);
      const plain = () => subject.credit(texts, { method: "terminal", unit: "token", beta: 1 });
      const { cost: { tokens } } = await plain();
      for (let round = 0; round < Number(flags.rounds); round++) {
        const alone = await plain();
        asked = await subject.credit(texts, credit);
        ratios.push(asked.cost.seconds / alone.cost.seconds);
      }
      rows.push({
        method,
        unit,
        "tokens asked": asked.cost.tokens / tokens,
        "tokens computed": asked.cost.computedTokens / tokens,
        "time": ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!,
      });
    }
  }
  return rows;
}

/** Words that people marked. */
async function marked(subject: Subject, directory: string): Promise<Row[]> {
  const all = await markedTexts(directory, { count, words: Number(flags.words) });
  const texts = all.map(({ text }) => text);
  const rows: Row[] = [];
  for (const way of waysOf(subject)) {
    if (way.method === "occlusion" && typeof way.unit === "object") continue;
    const completions = await credited(subject, texts, way);
    const precision = all.map(({ marks, label }, i) =>
      precisionOf(completions[i]!, { marks, sign: /^neg/i.test(label) ? -1 : 1 })
    );
    rows.push({
      method: way.method,
      unit: unitText(way.unit),
      texts: String(all.length),
      "average precision": mean(precision),
    });
  }
  rows.push({
    method: "any order",
    unit: "",
    texts: String(all.length),
    "average precision": mean(all.map(({ text, marks }) => chanceOf(text, marks))),
  });
  return rows;
}

/** How far credit is from what words are worth, per token and per sentence. */
async function additive(): Promise<Row[]> {
  const weights = wordWeights(200, 5);
  const directory = await Deno.makeTempDir({ prefix: "abacus-additive-" });
  try {
    await writeAdditiveModel(directory, weights);
    await using subject = await openSubject(directory);
    const random = seeded(6);
    const made = Array.from({ length: 40 }, () => additiveText(weights, { sentences: 5, random }));
    const texts = made.map(({ text }) => text);
    const rows: Row[] = [];
    for (const way of waysOf(subject)) {
      const completions = await credited(subject, texts, way);
      const known = made.flatMap(({ worths }) => worths);
      const paid = completions.flatMap(({ rewards }) => [...rewards]);
      rows.push({
        method: way.method,
        unit: unitText(way.unit),
        "correlation per token": correlation(paid, known),
        "error per token": relativeError(paid, known),
        "error per sentence": relativeError(
          completions.flatMap((each, i) => sentenceSums([...each.rewards], texts[i]!)),
          made.flatMap(({ worths, text }) => sentenceSums(worths, text)),
        ),
      });
    }
    return rows;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Of numbers per word, their sums per sentence. */
function sentenceSums(values: readonly number[], text: string): number[] {
  const sums: number[] = [0];
  for (const [i, word] of text.split(" ").entries()) {
    sums[sums.length - 1]! += values[i]!;
    if (word === "." && i < values.length - 1) sums.push(0);
  }
  return sums;
}
