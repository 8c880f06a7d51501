/**
 * `deno task experiment:report`: writes up what the experiment has found so far.
 *
 *     deno task experiment:report [--work tmp/experiment] [--out docs]
 *
 * With a work folder its runs are published first, beside those published before; without one, what was published before is written
 * up again. Every sentence about a result follows from the numbers; what people think of it stands in
 * `discussion.md` beside this file and is copied as it is.
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AbacusError } from "../src/errors.ts";
import { collect, readResults, restore, type Results, writeResults } from "./results.ts";
import { betaSection } from "./sections/beta.ts";
import { endingsSection } from "./sections/endings.ts";
import { endlessSection, maskedSection } from "./sections/endless.ts";
import { klSection } from "./sections/kl.ts";
import { lengthsSection } from "./sections/lengths.ts";
import { methodsSection } from "./sections/methods.ts";
import { secondOpinionSection } from "./sections/second_opinion.ts";
import { bullets, type Section } from "./sections/section.ts";
import { costSection, setupSection } from "./sections/setup.ts";
import { stabilitySection } from "./sections/stability.ts";
import { Work } from "./work.ts";

/** The write-up: Markdown, and from the name of each figure to its SVG. */
export interface WriteUp {
  readonly markdown: string;
  readonly figures: Readonly<Record<string, string>>;
}

/** Writes up results. The same results give the same text. */
export function writeUp(results: Results, discussion = ""): WriteUp {
  const { runs } = results;
  const sections: Section[] = [
    setupSection(runs),
    methodsSection(runs),
    betaSection(runs),
    endingsSection(runs),
    endlessSection(runs),
    maskedSection(runs),
    lengthsSection(runs),
    klSection(runs),
    secondOpinionSection(results),
    stabilitySection(runs),
    costSection(runs),
  ];
  const lines = [
    "# Does attention-based credit help?",
    "",
    ...opening,
    "## In short",
    "",
    ...bullets(sections.flatMap(({ claims }) => claims)),
    ...sections.flatMap((section) => section.lines),
    ...discussion === "" ? [] : [discussion.trim(), ""],
    ...closing,
  ];
  return {
    markdown: `${lines.join("\n").trimEnd()}\n`,
    figures: Object.assign({}, ...sections.map(({ figures }) => figures)),
  };
}

const opening = [
  'Chan, Sun, Holt and van der Schaar ("Dense Reward for Free in RLHF", ICML 2024, arXiv 2402.00782)',
  "spread the score of a completion over its tokens by the reward model's attention and found that PPO",
  "learns faster and breaks less often. This page tests that on the models that come with Abacus. It is",
  "written by `deno task experiment:report` from the runs of `deno task experiment`.",
  "",
];

const closing = [
  "## What this does not show",
  "",
  "One policy, one reward model, one kind of text, short completions and little training: nothing here is",
  "about large models or chat. Settings were not tuned for any method by itself. The score is the reward",
  "model's own, and the judge is a weak reader. Seeds vary what is sampled and in which order, not the",
  "models. Where a difference could not be shown there may still be one: with five seeds only large ones",
  "are seen, and an exact signed-rank test cannot give less than 0.0625. On what dense credit can teach by",
  "mistake, see [reward to go](reward-to-go.md).",
  "",
  "## The numbers",
  "",
  "- [metrics.jsonl.gz](experiment/metrics.jsonl.gz): every step of every run, rounded to five significant",
  "  digits; `judge_mean` is the judge's mean over the step's samples, `judged_score_mean` the reward",
  "  model's over the same samples, and the other names are those of the trainer.",
  "- [runs.jsonl](experiment/runs.jsonl): every run, its settings, machine and versions.",
  "",
];

/** Reads, publishes and writes. @returns the exit code */
export function report(words: readonly string[]): number {
  const { values } = parseArgs({
    args: [...words],
    options: {
      work: { type: "string", default: "tmp/experiment" },
      out: { type: "string", default: "docs" },
    },
  });
  const folder = join(values.out, "experiment");
  if (existsSync(join(values.work, "judge.json"))) {
    const work = new Work(values.work);
    // Runs of another machine that stand there already stay, whatever this folder holds.
    restore(folder, work);
    writeResults(folder, collect(work));
  }
  const { markdown, figures } = writeUp(readResults(folder), discussionText());
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(figures)) writeFileSync(join(folder, name), svg);
  const page = join(values.out, "experiment.md");
  writeFileSync(page, markdown);
  return format(page);
}

/** Wraps lines and pads tables as all Markdown here is. */
function format(page: string): number {
  return new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", page] }).outputSync().code;
}

function discussionText(): string {
  const path = fileURLToPath(new URL("discussion.md", import.meta.url));
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function main(words: readonly string[]): number {
  try {
    return report(words);
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    process.stderr.write(`experiment: ${error.message}\n`);
    return 2;
  }
}

if (import.meta.main) process.exit(main(process.argv.slice(2)));
