/**
 * Setup: what was run, with what, on what, and in which ways it differs from the paper.
 *
 * @module
 */

import { compact, duration } from "../../src/ppo/report/figures.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { type PhaseName, phaseNames, phases } from "../plan.ts";
import { straysOf } from "../pairing.ts";
import { listed, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { type Column, meanOf, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { betaGroups } from "./beta.ts";
import type { Section } from "./section.ts";

/** What was run. */
export function setupSection(runs: readonly Run[]): Section {
  return {
    claims: [],
    figures: {},
    lines: [
      "## What was run",
      "",
      "The bundled policy, a language model of 3.3 million weights, is trained with PPO against the bundled",
      "reward model. Prompts are the first 2 to 7 tokens of the reviews that neither model has seen.",
      "",
      ...table(["phase", "what", "arms", "seeds done", "steps"], phaseRows(runs)),
      ...pairingLines(runs),
      ...settingLines(runs),
      ...differences,
      ...howTested,
    ],
  };
}

/** What a step costs, by method. Other values of beta cost what the main phase's does. */
export function costSection(runs: readonly Run[]): Section {
  const groups = [
    ...groupsOf(runs, "main"),
    ...groupsOf(runs, "lengths"),
    ...groupsOf(runs, "longest"),
  ];
  const heads = ["arm", "device", "seconds a step", "sampling", "waiting for rewards", "updates"];
  const seconds = runs.reduce((sum, { summary }) => sum + summary.seconds, 0);
  return {
    claims: [],
    figures: {},
    lines: [
      "## What it cost",
      "",
      `All runs together took ${
        duration(seconds)
      } of training, each with one thread of a processor and,`,
      "where that is the device, a share of a GPU.",
      "",
      ...table(
        [...heads, "tokens per second"],
        groups.map(costRow),
      ),
      "Seconds are wall-clock, shared with the other runs and the reward server on the same machine.",
      "",
    ],
  };
}

const differences = [
  "It differs from the paper's IMDb experiment in this: models of 3.3 million weights where the paper's",
  "have 124 million; batches of 64 where the paper's have 16 or 8; up to 16 tokens where the paper's",
  "completions have up to 15; other settings as listed above; prompts from held-out reviews; `uniform` with",
  "the same beta as the others, where the paper's spreads all of the score; `abcd` as the authors describe",
  "it, without the shift by one token that their code has; and scores of a reward model that is on another",
  "scale. What is tested is whether the paper's claims carry over to this setting, not whether its numbers",
  "are right.",
  "",
];

const howTested = [
  "Two arms are compared seed by seed. Intervals are of 95 %, by Student's t, of one difference by itself.",
  "A difference is called one where p, the paired t-test's, is below 0.05 after Holm's correction over the",
  'rows of its table, so an interval may leave out 0 where nothing is claimed; "Wilcoxon" is the exact',
  "signed-rank test's p, uncorrected. \"Over training\" is a run's mean over all of its steps, which is the",
  'area under its curve divided by their number; "at the end" its mean over the last ten.',
  "",
];

function phaseRows(runs: readonly Run[]): string[][] {
  return phaseNames.flatMap((name) => {
    const groups = groupsOf(runs, name);
    if (groups.length === 0) return [];
    const steps = Math.max(
      ...groups.flatMap((group) => group.runs.map(({ summary }) => summary.steps)),
    );
    return [[name, phases[name].summary, String(groups.length), seedsText(groups), String(steps)]];
  });
}

/** Runs of a seed are pairs only where they begin alike; says where they do not. */
function pairingLines(runs: readonly Run[]): string[] {
  const parts = phaseNames.map((name) => name === "beta" ? betaGroups(runs) : groupsOf(runs, name))
    .flatMap((groups) => [...Map.groupBy(groups, ({ arm }) => arm.maxNewTokens).values()]);
  const strays = parts.flatMap(straysOf)
    .map(({ name, seeds }) => `\`${name}\` (seed ${rangeText(seeds)})`);
  const alike =
    "Runs of a seed and a phase differ in what is compared, and begin with the same texts";
  if (strays.length === 0) return [`${alike}.`, ""];
  return [
    `${alike}, but for ${
      listed(strays)
    }: these had other random numbers than the runs that they are`,
    "compared with. Their pairs have no more in common than the seed's name, which leaves the tests valid",
    "and makes them less sharp.",
    "",
  ];
}

/** As in `1 to 10`, or `1, 2 and 4` where some are left out. */
function rangeText(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  const gapless = numbers.length > 1 && last! - first! === numbers.length - 1;
  return gapless ? `${first} to ${last}` : listed(numbers.map(String));
}

/** The seeds of any arm; with the arms that lack some. */
function seedsText(groups: readonly Group[]): string {
  const most = [...new Set(groups.flatMap(seedsOf))].toSorted((one, other) => one - other);
  const lacking = groups.filter((group) => seedsOf(group).length < most.length)
    .map((group) => `${group.name} ${seedsOf(group).length}`);
  const all = rangeText(most) || "none";
  return lacking.length === 0 ? all : `${all}; of ${lacking.join(", ")}`;
}

function settingLines(runs: readonly Run[]): string[] {
  const distinct = (of: (run: Run) => string) => [...new Set(runs.map(of))];
  const versions = distinct(({ summary: { machine, versions } }) =>
    Object.entries({ deno: machine.deno, ...versions }).map((pair) => pair.join(" ")).join(", ")
  );
  const days = runs.map(({ summary }) => summary.finishedAt.slice(0, 10)).toSorted();
  return [
    `Machines: ${machinesText(runs)}. Versions: ${listed(versions)}. Finished from ${days[0]} to ${
      days.at(-1)
    }.`,
    "",
    `Settings that all runs share: ${sharedSettings(runs)}.`,
    "",
  ];
}

/** Each machine and the phases that were run on it. */
function machinesText(runs: readonly Run[]): string {
  const phasesOf = Map.groupBy(
    runs,
    ({ summary: { machine } }) =>
      `${machine.processor}, ${machine.cores} cores, ${machine.jobs} runs at once, on ${
        deviceName(machine.device)
      }`,
  );
  return [...phasesOf].map(([machine, own]) => {
    const names = new Set(own.map(({ summary }): PhaseName => summary.phase));
    return `${machine} (${listed(phaseNames.filter((name) => names.has(name)))})`;
  }).join("; ");
}

function deviceName(device = "cpu"): string {
  return { cpu: "the CPU", webgpu: "WebGPU", cuda: "CUDA" }[device] ?? device;
}

/** What differs between runs stands in the table of phases: it is what is compared. */
function sharedSettings(runs: readonly Run[]): string {
  const all = runs.map(({ summary }) => summary.settings);
  const same = Object.entries(all[0] ?? {}).filter(([name, value]) =>
    all.every((each) => JSON.stringify(each[name]) === JSON.stringify(value))
  );
  return same.map(([name, value]) =>
    `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`
  ).join(", ") || "none recorded";
}

function costRow(group: Group): string[] {
  const mean = (column: Column) => estimate(numbersOf(group, (run) => runMean(run, column))).mean;
  const share = (column: Column) => `${Math.round(100 * mean(column) / mean("step_seconds"))} %`;
  const devices = new Set(group.runs.map(({ summary }) => deviceName(summary.machine.device)));
  return [
    group.name,
    [...devices].join(", "),
    compact(meanOf(numbersOf(group, (run) => runMean(run, "step_seconds")))),
    share("sample_seconds"),
    share("reward_seconds"),
    share("update_seconds"),
    compact(mean("tokens_per_second")),
  ];
}
