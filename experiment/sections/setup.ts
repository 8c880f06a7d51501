/**
 * Setup: the runs, their settings and machines, and the differences from the paper.
 *
 * @module
 */

import { compact, duration } from "../../src/ppo/report/figures.ts";
import { frontierGroups } from "../frontier.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { type PhaseName, phaseNames, phases } from "../plan.ts";
import { mismatchesOf } from "../pairing.ts";
import { listed, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { weightsOfRun } from "../reward_models.ts";
import { type Column, meanOf, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { betaGroups } from "./beta.ts";
import type { Section } from "./section.ts";

/** The section on the setup. */
export function setupSection(runs: readonly Run[]): Section {
  return {
    claims: [],
    figures: {},
    lines: [
      "## Setup",
      "",
      "The bundled policy, a language model of 3.3 million weights, is trained with PPO against the bundled",
      "reward model. Prompts are the first 2 to 7 tokens of reviews that neither model was trained on; those of the",
      "second edition are of four fifths of these reviews, and the others are evaluated on.",
      "",
      ...table(["phase", "what", "arms", "seeds", "steps"], phaseRows(runs)),
      ...pairingLines(runs),
      ...settingLines(runs),
      ...differences,
      ...howTested,
    ],
  };
}

/** The cost of a step, by method. Other values of beta cost the same. */
export function costSection(runs: readonly Run[]): Section {
  const groups = [
    ...groupsOf(runs, "main"),
    ...groupsOf(runs, "lengths"),
    ...groupsOf(runs, "longest"),
    ...frontierGroups(runs),
  ];
  const heads = ["arm", "device", "seconds per step", "sampling", "waiting for rewards", "updates"];
  const seconds = runs.reduce((sum, { summary }) => sum + summary.seconds, 0);
  return {
    claims: [],
    figures: {},
    lines: [
      "## Cost",
      "",
      `All runs together took ${duration(seconds)} of training, each with one CPU thread and,`,
      "if that is the device, a share of a GPU.",
      "",
      ...table(
        [...heads, "tokens per second"],
        groups.map(costRow),
      ),
      "Seconds are wall-clock time, shared with other runs, the reward server and whatever else the machine did.",
      "",
    ],
  };
}

const differences = [
  "Differences from the paper's IMDb experiment: models of 3.3 million weights instead of 124 million; batches",
  "of 64 instead of 16 or 8; up to 16 tokens (first edition) instead of 15; other settings as listed above; prompts from",
  "held-out reviews; a reward model that does not see the EOS of a text but in `read-end`, where in the authors' code",
  "EOS is a token of the response like any other; `uniform` with the same beta as the others, where the paper's spreads the whole score;",
  "`abcd` as the authors describe it, without the shift by one token in their code; and a reward model with",
  "scores on another scale. This tests whether the paper's claims hold in this setting, not whether its numbers",
  "are right.",
  "",
];

const howTested = [
  "Arms are compared in pairs of the same seed. Intervals are 95 % intervals by Student's t, without correction.",
  "A difference is stated if the p of a paired t-test is below 0.05 after Holm's correction over the rows of",
  'its table, so an interval may exclude 0 where no difference is stated; "Wilcoxon" is the p of the exact',
  'signed-rank test, without correction. "Over training" is the mean over all steps of a run, "at the end" the',
  "mean over the last ten.",
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

/** States which runs of a seed do not start with the same texts. */
function pairingLines(runs: readonly Run[]): string[] {
  const parts = phaseNames.map((name) => name === "beta" ? betaGroups(runs) : groupsOf(runs, name))
    .flatMap((groups) => [...Map.groupBy(groups, ({ arm }) => arm.maxNewTokens).values()]);
  const mismatches = parts.flatMap(mismatchesOf)
    .map(({ name, seeds }) => `\`${name}\` (seed ${rangeText(seeds)})`);
  const alike =
    "Runs of the same seed and phase differ only in what is compared, and start with the same texts";
  if (mismatches.length === 0) return [`${alike}.`, ""];
  return [
    `${alike}, except for ${
      listed(mismatches)
    }: these had other random numbers than the runs they are`,
    "compared with. Their pairs are not matched, which leaves the tests valid but less powerful.",
    "",
  ];
}

/** As in `1 to 10`, or `1, 2 and 4` with gaps. */
function rangeText(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  const gapless = numbers.length > 1 && last! - first! === numbers.length - 1;
  return gapless ? `${first} to ${last}` : listed(numbers.map(String));
}

/** All seeds, and how many arms lack some. */
function seedsText(groups: readonly Group[]): string {
  const most = [...new Set(groups.flatMap(seedsOf))].toSorted((one, other) => one - other);
  const lacking = groups.filter((group) => seedsOf(group).length < most.length);
  const all = rangeText(most) || "none";
  if (lacking.length === 0) return all;
  const fewest = Math.min(...lacking.map((group) => seedsOf(group).length));
  return `${all}; ${lacking.length} arms have fewer, ${fewest} at least`;
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
    `Settings of all runs: ${
      sharedSettings(runs)
    }. Of most, where an arm's name does not say otherwise: ` +
    `${usualSettings(runs) || "none"}.`,
    "",
    `Weights of the reward model, by the SHA-256 of \`model.safetensors\`: ${weightsText(runs)}.`,
    "",
  ];
}

/** Each machine with its phases. */
function machinesText(runs: readonly Run[]): string {
  const phasesOf = Map.groupBy(
    runs,
    ({ summary: { machine } }) =>
      `${machine.processor}, ${machine.cores} cores, ${
        machine.jobs === 1 ? "one run at a time" : `${machine.jobs} runs at once`
      }, on ${deviceName(machine.device)}`,
  );
  return [...phasesOf].map(([machine, own]) => {
    const names = new Set(own.map(({ summary }): PhaseName => summary.phase));
    return `${machine} (${listed(phaseNames.filter((name) => names.has(name)))})`;
  }).join("; ");
}

/** Each digest with its phases. */
function weightsText(runs: readonly Run[]): string {
  const phasesOf = Map.groupBy(runs, ({ summary }) => weightsOfRun(summary));
  return [...phasesOf].map(([digest, own]) => {
    const names = new Set(own.map(({ summary }): PhaseName => summary.phase));
    return `\`${digest}\` (${listed(phaseNames.filter((name) => names.has(name)))})`;
  }).join("; ");
}

function deviceName(device = "cpu"): string {
  return { cpu: "the CPU", webgpu: "WebGPU", cuda: "CUDA" }[device] ?? device;
}

/** Settings that no two runs differ in. */
function sharedSettings(runs: readonly Run[]): string {
  return settingsWith(runs, (most) => most.length === runs.length) || "none recorded";
}

/** Settings that some runs differ in, with the value that most have. */
function usualSettings(runs: readonly Run[]): string {
  return settingsWith(
    runs,
    (most) => most.length < runs.length && 2 * most.length > runs.length,
  );
}

/** The commonest value of each setting, if its runs are as many as is asked. */
function settingsWith(
  runs: readonly Run[],
  isAsked: (most: readonly string[]) => boolean,
): string {
  const all = runs.map(({ summary }) => summary.settings);
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))]
    .filter((name) => name !== "seed" && !name.endsWith("Content"));
  return names.flatMap((name) => {
    const values = all.map((each) => JSON.stringify(each[name]) ?? "");
    const [most] = [...Map.groupBy(values, (value) => value).values()]
      .toSorted((one, other) => other.length - one.length);
    if (most === undefined || most[0] === "" || !isAsked(most)) return [];
    return [`${name} ${most[0]!.replaceAll('"', "")}`];
  }).join(", ");
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
