/**
 * The classes that Abacus serves, as a table: what each golden model below tests/golden says of its class,
 * and which version of transformers it was compared with. Nothing is written by hand, so a class that is added
 * to the registry has its row as soon as it has a golden model.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { architectureNames, languageModelOf } from "../../src/architectures/registry.ts";
import type { Architecture } from "../../src/architectures/architecture.ts";
import { AbacusError } from "../../src/errors.ts";
import type { CreditMethod } from "../../src/credit/method.ts";
import { creditMethods } from "../../src/credit/registry.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { poolingText } from "../../src/text/pooling.ts";
import { gpuModels } from "../support/gpus.ts";

/** What is known of one class. */
export interface ClassRow {
  readonly name: string;
  readonly family: string;
  readonly head: string;
  readonly readAt: string;
  readonly task: string;
  readonly input: string;
  readonly attention: string;
  readonly methods: readonly string[];
  /** The policy of the same family that can be trained. */
  readonly policy: string | undefined;
  /** Where its graphs were compared with the CPU's, or with transformers. */
  readonly devices: readonly string[];
  readonly models: number;
  readonly versions: readonly string[];
}

/** A golden model that can be served, and the version that it was compared with. */
interface GoldenEntry {
  readonly directory: string;
  readonly architecture: Architecture;
  readonly version: string | undefined;
}

const root = fileURLToPath(new URL("../golden", import.meta.url));

/** A row of each class of the registry, in the order of names. */
export async function classTable(): Promise<readonly ClassRow[]> {
  const entries = await goldenEntries();
  const policies = await policyClasses();
  const byName = Map.groupBy(entries, ({ architecture }) => architecture.name);
  return architectureNames.toSorted().map((name) => rowOf(name, byName.get(name) ?? [], policies));
}

function rowOf(
  name: string,
  entries: readonly GoldenEntry[],
  policies: ReadonlyMap<string, string>,
): ClassRow {
  const all = entries.map(({ architecture }) => architecture);
  const families = distinct(all.map(({ family }) => family));
  const onGpu = entries.some(({ directory }) => gpuModels.includes(basename(directory)));
  return {
    name,
    family: families.join(", "),
    head: distinct(all.map(({ head }) => head.text)).join("; "),
    readAt: distinct(all.map(readAt)).join("; "),
    task: distinct(all.map(({ task }) => task)).join("; "),
    input: distinct(all.map(({ input }) => input)).join("; "),
    attention: distinct(all.map(({ attention }) => attention)).join("; "),
    methods: Object.values(creditMethods)
      .filter((method) => all.length > 0 && all.every((each) => serves(each, method)))
      .map(({ name }) => name),
    policy: families.map((family) => policies.get(family)).find((each) => each !== undefined),
    devices: onGpu ? ["cpu", "webgpu", "cuda"] : ["cpu"],
    models: entries.length,
    versions: distinct(entries.flatMap(({ version }) => version ?? [])),
  };
}

/** Where the score is read, without the ids of one model. */
function readAt({ pooling, rewardToken }: Architecture): string {
  if (rewardToken !== undefined) return "last reward token (`reward_token_id`), appended";
  return poolingText(pooling).replace(/ \(id \d+\)/, "").replace(/of id \d+/, "that is named");
}

/** Whether a method can be asked of a model. */
function serves(
  { attention, task: own }: Architecture,
  { causalOnly, task = own }: CreditMethod & { readonly task?: string },
): boolean {
  return task === own && (attention === "causal" || !causalOnly);
}

/** Every directory below tests/golden that is served. */
async function goldenEntries(): Promise<readonly GoldenEntry[]> {
  const entries: GoldenEntry[] = [];
  for (const directory of directoriesIn(root)) {
    const architecture = await servedArchitecture(directory);
    if (architecture === undefined) continue;
    entries.push({ directory, architecture, version: versionOf(directory) });
  }
  return entries;
}

async function servedArchitecture(directory: string): Promise<Architecture | undefined> {
  try {
    return (await readBlueprint(directory)).architecture;
  } catch (error) {
    if (error instanceof AbacusError) return undefined; // a policy, an adapter, files without weights
    throw error;
  }
}

/** The policies of golden files, by family. */
async function policyClasses(): Promise<ReadonlyMap<string, string>> {
  const classes = new Map<string, string>();
  for (const directory of directoriesIn(join(root, "policies"))) {
    const { name, trunk } = languageModelOf(await readJson(join(directory, "config.json")));
    classes.set(trunk.family, name);
  }
  return classes;
}

/** Folders with a config.json, in order. */
function directoriesIn(folder: string): readonly string[] {
  const inside = [...Deno.readDirSync(folder)].toSorted((a, b) => a.name < b.name ? -1 : 1);
  const own = inside.some(({ name }) => name === "config.json") ? [folder] : [];
  const below = inside.filter(({ isDirectory }) => isDirectory);
  return [...own, ...below.flatMap(({ name }) => directoriesIn(join(folder, name)))];
}

/**
 * The version of transformers that made a model's expected numbers: in a file beside it, or in one beside
 * its folder.
 */
function versionOf(directory: string): string | undefined {
  for (let place = directory; place.startsWith(root); place = dirname(place)) {
    const files = place === root ? [`${topFolder(directory)}.json`] : jsonFiles(place);
    for (const file of files) {
      const version = statedVersion(join(place, file));
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** `heads` of `tests/golden/heads/linear`. */
function topFolder(directory: string): string {
  return directory.slice(root.length + 1).split("/")[0] ?? "";
}

function jsonFiles(folder: string): readonly string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
  const isExpected = (name: string) => name.endsWith(".json") && !/config|tokenizer/.test(name);
  return names.filter(isExpected);
}

function statedVersion(path: string): string | undefined {
  try {
    const [, version] = /"transformers":\s*"([\d.]+)"/.exec(Deno.readTextFileSync(path)) ?? [];
    return version;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(path));
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted();
}
