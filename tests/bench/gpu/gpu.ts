/**
 * What a device computes right, and how fast: the golden models, then Llamas of 1 and 8 billion random weights with
 * credit, beside transformers and vLLM. It writes gpu.json and gpu.md.
 *
 *     deno task bench:gpu --help
 *
 * Where the device does not work it says why and what to do, and ends with 1, as it does where a score is another than
 * transformers', or Abacus could not be timed. The weights take 15 GB of the temporary folder.
 *
 * @module
 */

import { taskFlags } from "../../../src/cli/task.ts";
import { childPort } from "../../../src/engine/child_port.ts";
import type { Place } from "../../../src/engine/devices.ts";
import { partsOf } from "../../../src/engine/devices.ts";
import type { ComputeDtype } from "../../../src/engine/engine.ts";
import { type DeviceFinding, examineDevices } from "../../../src/engine/examine.ts";
import type { AttentionForm } from "../../../src/engine/passes/scoring.ts";
import { help, integer, oneOf, text, toggle } from "../../../src/settings_readers.ts";
import type { LlamaSize } from "../../model/sparse_llama.ts";
import { servedGoldenNames } from "../../support/golden_model.ts";
import { roundsFlag } from "../flags.ts";
import { longPrompts, shortTexts, singleTexts, type Workload } from "../workload.ts";
import { abacus, type Contender, type Setting, transformers, vllm } from "./contenders.ts";
import { type GoldenResult, runGolden } from "./golden.ts";
import { writeRandomLlama } from "./random_llama.ts";
import { type GpuRow, markdown } from "./report.ts";

const { flags: values } = taskFlags({
  name: "bench:gpu",
  summary: "what a device computes right, and how fast, beside transformers and vLLM",
  flags: {
    device: text().default("cuda").register(help, {
      value: "NAME",
      description: "cuda, webgpu or cpu",
    }),
    dtype: oneOf("float32", "float16", "bfloat16").optional().register(help, {
      value: "TYPE",
      description: "what is computed in, beside float32",
      unset: "bfloat16 on cuda, float16 on webgpu, float32 on cpu",
    }),
    sizes: text().default("1b,8b").register(help, {
      value: "LIST",
      description: "Llamas of random weights, some of 1b, 8b and tiny",
    }),
    rounds: roundsFlag(5),
    golden: text().default(servedGoldenNames().join()).register(help, {
      value: "LIST",
      description: "golden models whose scores are compared with transformers'",
      unset: "all",
    }),
    texts: integer(1, 1_000_000).default(64).register(help, {
      value: "N",
      description: "most texts of a workload",
    }),
    alone: toggle().default(false).register(help, { description: "leave the peers out" }),
    out: text().default(".").register(help, {
      value: "FOLDER",
      description: "where gpu.json and gpu.md go",
    }),
  },
});
const place = values.device as Place;
const { device } = partsOf(place);
/** What is computed in unless somebody says otherwise. */
const usual = { cuda: "bfloat16", webgpu: "float16", cpu: "float32" } as const;
const dtype = values.dtype ?? usual[device];
const setting: Setting = { place, dtype };
/** The forms of attention that the device has in a type. */
const formsIn = (type: ComputeDtype): AttentionForm[] =>
  device === "cpu" || device === "cuda" && type !== "float32"
    ? ["dense", "fused", "tiles"]
    : ["dense", "tiles"];

const workloads: readonly Workload[] = [shortTexts(), longPrompts(), singleTexts()].map((each) => ({
  ...each,
  sequences: each.sequences.slice(0, values.texts),
}));

/** How far from transformers in float32 a score may be; of half types the tables tell. */
const FLOAT32 = 1e-3;
/** How far from each other scores of random weights in a half type may be, of the largest score. */
const HALF = 0.5;

Deno.exit(await main());

async function main(): Promise<number> {
  const finding = await findingOf(place);
  if (!finding.works) {
    say(`Cannot bench on ${place} as it does not work here: ${finding.reason}`);
    say(`What to do: ${finding.remedy}`);
    return 1;
  }
  const golden: GoldenResult[] = [];
  for (const type of new Set<ComputeDtype>(["float32", dtype])) {
    for (const form of formsIn(type)) {
      golden.push(await runGolden(values.golden.split(","), { place, form, dtype: type }));
      say(JSON.stringify(golden.at(-1)));
    }
  }
  const rows: GpuRow[] = [];
  for (const size of values.sizes.split(",") as LlamaSize[]) rows.push(...await bench(size));
  const report = { machine: finding.name ?? Deno.build.target, place, golden, rows };
  await Deno.mkdir(values.out, { recursive: true });
  await Deno.writeTextFile(`${values.out}/gpu.json`, `${JSON.stringify(report, null, 2)}\n`);
  await Deno.writeTextFile(`${values.out}/gpu.md`, markdown(report));
  say(markdown(report));
  const wrong = golden.filter((each) => each.dtype === "float32" && !(each.scores <= FLOAT32));
  const apart = rows.filter(({ contender, scores_within: gap }) =>
    gap === undefined ? contender.startsWith("abacus") : !(gap <= HALF)
  );
  for (const each of [...wrong, ...apart]) say(`Not as it has to be: ${JSON.stringify(each)}`);
  return wrong.length + apart.length === 0 ? 0 : 1;
}

async function findingOf(place: Place): Promise<DeviceFinding> {
  const findings = await examineDevices({ port: () => childPort(Deno.execPath()) });
  const found = findings.find((each) => each.place === place) ??
    findings.find((each) => partsOf(each.place).device === device);
  if (found === undefined) {
    throw new Error(`Cannot bench on a device of no name: received ${place}`);
  }
  return found;
}

/** All contenders over all workloads with one model. */
async function bench(size: LlamaSize): Promise<GpuRow[]> {
  const directory = await Deno.makeTempDir({ prefix: "abacus-bench-" });
  try {
    say(`writing a Llama of size ${size} ...`);
    await writeRandomLlama(directory, size);
    const rows: GpuRow[] = [];
    const references = new Map<string, readonly number[]>();
    for (const contender of contenders()) {
      for (const row of await timeAll(contender, directory, references)) {
        rows.push({ model: size, ...row });
        say(JSON.stringify(rows.at(-1)));
      }
    }
    return rows;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function contenders(): Contender[] {
  const ours = formsIn(dtype).map((form) => abacus(setting, form, { credit: true }));
  const peers = [transformers(setting, "eager"), transformers(setting, "sdpa"), vllm(setting)];
  return [...ours, abacus(setting, "dense", { credit: false }), ...values.alone ? [] : peers];
}

async function timeAll(
  contender: Contender,
  directory: string,
  references: Map<string, readonly number[]>,
): Promise<Omit<GpuRow, "model">[]> {
  const { name, credit, rawScores } = contender;
  const told = { contender: name, dtype, credit };
  try {
    await using scorer = await contender.load(directory);
    const rows: Omit<GpuRow, "model">[] = [];
    for (const workload of workloads) {
      const { scores } = await scorer.score(workload); // warm
      const seconds: number[] = [];
      for (let round = 0; round < values.rounds; round++) {
        seconds.push((await scorer.score(workload)).seconds);
      }
      const tokens = workload.sequences.reduce((sum, ids) => sum + ids.length, 0);
      const reference = references.get(workload.name) ?? scores;
      references.set(workload.name, reference);
      rows.push({
        ...told,
        workload: workload.name,
        tokens_per_second: tokens / median(seconds),
        ...rawScores ? { scores_within: gapOf(reference, scores) } : {},
      });
    }
    return rows;
  } catch (error) {
    return [{ ...told, workload: "all", missing: (error as Error).message.slice(0, 200) }];
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

/** The largest difference of a score, of the largest score. */
function gapOf(a: readonly number[], b: readonly number[]): number {
  const largest = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((score, i) => Math.abs(score - (b[i] ?? NaN)))) / largest;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
