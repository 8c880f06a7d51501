/**
 * config.json as untrusted input: near misses of every golden model's. Whatever stands there, the answer is a
 * graph or an error that names the file or the field, soon.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { scoringOf } from "../../src/model/scoring.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { everydayGoldenNames, goldenDirectory, goldenNames } from "../support/golden_model.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

type Config = Record<string, unknown>;

function configOf(name: string): Config {
  return JSON.parse(Deno.readTextFileSync(join(goldenDirectory(name), "config.json")));
}

/** Fields of any family: those of another one are near misses too. */
const known = [...new Set(goldenNames().flatMap((name) => Object.keys(configOf(name))))].toSorted();

/** Values that look like one that is meant. */
const nearly = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, -1, 0, 1, 2, 0.5, 1.5, 1e-30, 65_536, 1e9, 2 ** 53),
  fc.constantFrom<unknown>(1e308, "8", "", "__proto__", "constructor", [], {}, [null], [[1]]),
  fc.constantFrom<unknown>(["constructor"], ["sliding_attention"], { toString: 1 }, { type: 1 }),
  fc.integer({ min: -9, max: 200 }),
  fc.double(),
  fc.string({ maxLength: 12 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** One slip of whoever edits a config.json: a value, a missing field, two that were swapped, a wrong name. */
type Slip = (config: Config) => void;

function slips(config: Config): fc.Arbitrary<Slip> {
  const place = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...placesIn(config)) },
    fc.constantFrom(...known, "__proto__", "toString").map((name) => [name]),
  );
  return fc.oneof(
    { weight: 5, arbitrary: fc.tuple(place, nearly).map(([at, value]) => put(at, value)) },
    place.map((at): Slip => (config) => holder(config, at)?.delete()),
    fc.tuple(place, place).map(([a, b]): Slip => (config) => swap(config, a, b)),
  );
}

function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = [...path, key];
    return [own, ...placesIn(inner, own)];
  });
}

/** What stands at a path, where the way there still exists. */
function holder(config: Config, path: readonly string[]) {
  const name = path.at(-1)!;
  let at: unknown = config;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Config)[key];
  }
  if (typeof at !== "object" || at === null) return undefined;
  const fields = at as Config;
  return {
    get: () => Object.hasOwn(fields, name) ? fields[name] : undefined,
    // As JSON.parse does: `__proto__` is a field like any other.
    set: (value: unknown) =>
      Object.defineProperty(fields, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      }),
    delete: () => delete fields[name],
  };
}

function put(path: readonly string[], value: unknown): Slip {
  return (config) => void holder(config, path)?.set(structuredClone(value));
}

function swap(config: Config, a: readonly string[], b: readonly string[]): void {
  const [one, other] = [holder(config, a), holder(config, b)];
  const [first, second] = [one?.get(), other?.get()];
  one?.set(structuredClone(second));
  other?.set(structuredClone(first));
}

/** A copy of the golden model without its config.json. */
async function copyOf(name: string) {
  const directory = await temporaryDirectory();
  for (const { name: file } of Deno.readDirSync(goldenDirectory(name))) {
    if (file === "config.json") continue;
    await Deno.symlink(join(goldenDirectory(name), file), join(directory.path, file));
  }
  return directory;
}

/** The error of a directory, or undefined where it loads. */
async function refusalOf(directory: string): Promise<unknown> {
  try {
    scoringOf(await readBlueprint(directory), {});
    const hasTokenizer = [...Deno.readDirSync(directory)].some(({ name }) =>
      name === "tokenizer.json"
    );
    if (hasTokenizer) defineTokenizer(await readTokenizerFiles(directory));
  } catch (error) {
    return error;
  }
}

/** A field stands in quotes; where the file is meant, its name stands there, or it is the error's path. */
function expectNamed(error: unknown): void {
  assert.ok(error instanceof AbacusError, `${(error as Error).stack}`);
  assert.ok(["bad_model", "bad_usage"].includes(error.kind), `${error.kind}: ${error.message}`);
  const isNamed = /["']\w[\w.]*["']|config\.json|--\w/.test(error.message);
  assert.ok(isNamed || error.path === "config.json", error.message);
}

/** Far above what a busy machine takes for the largest sizes that are let through. */
const LONGEST_MS = 20_000;

const numRuns = slow === undefined ? 100 : 20;

/** Heads of trainers' own and process reward models stand in folders of their own. */
const others = ["../heads", "../steps"].flatMap((folder) =>
  [...Deno.readDirSync(goldenDirectory(folder))]
    .map(({ name }) => `${folder}/${name}`)
    .filter((name) => existsSync(join(goldenDirectory(name), "config.json"))).toSorted()
);

for (const name of [...everydayGoldenNames(), ...others]) {
  const missing = others.includes(name) ? slow : undefined;
  const title = `${name}: a near miss of its config.json is a graph, or an error with a name`;
  testWhere({ name: title, missing, fn: () => expectTyped(name) });
}

async function expectTyped(name: string): Promise<void> {
  await using directory = await copyOf(name);
  const base = configOf(name);
  const several = fc.array(slips(base), { minLength: 1, maxLength: 3 });
  const check = async (made: readonly Slip[]) => {
    const config = structuredClone(base);
    for (const slip of made) slip(config);
    const text = JSON.stringify(config);
    await Deno.writeTextFile(join(directory.path, "config.json"), text);
    const start = performance.now();
    const error = await refusalOf(directory.path);
    assert.ok(performance.now() - start < LONGEST_MS, `too slow: ${text}`);
    if (error !== undefined) expectNamed(error);
  };
  await fc.assert(fc.asyncProperty(several, check), { numRuns });
}

Deno.test("sizes beyond all measure are refused before anything is made of them", async () => {
  await using directory = await copyOf("llama");
  const base = configOf("llama");
  const sizes = {
    num_hidden_layers: 5000,
    num_attention_heads: 1e9,
    hidden_size: 2 ** 31,
    head_dim: 2 ** 40,
    vocab_size: 2 ** 31,
    max_position_embeddings: 2 ** 25,
  };
  for (const [field, value] of Object.entries(sizes)) {
    const text = JSON.stringify({ ...base, [field]: value });
    await Deno.writeTextFile(join(directory.path, "config.json"), text);
    const error = await refusalOf(directory.path);
    assert.ok(error instanceof AbacusError && error.kind === "bad_model");
    assert.match(
      error.message,
      new RegExp(`as "${field}" may be at most \\d+: received ${value}$`),
    );
  }
});

Deno.test("a table of angles that would fill the memory is refused", async () => {
  await using directory = await copyOf("llama");
  const rope_scaling = { rope_type: "yarn", factor: 1e9, original_max_position_embeddings: 32 };
  const { rope_parameters: _, ...base } = configOf("llama");
  for (const more of [{ rope_scaling }, { head_dim: 65_536 }]) {
    const text = JSON.stringify({ ...base, ...more });
    await Deno.writeTextFile(join(directory.path, "config.json"), text);
    const error = await refusalOf(directory.path);
    assert.ok(error instanceof AbacusError && error.kind === "bad_model");
    assert.match(error.message, /^Cannot make a table of angles for so long a context: received /);
  }
});

Deno.test("a table of distances that would take minutes is refused", async () => {
  await using directory = await copyOf("deberta-v3");
  const text = JSON.stringify({ ...configOf("deberta-v3"), max_position_embeddings: 2 ** 24 });
  await Deno.writeTextFile(join(directory.path, "config.json"), text);
  const error = await refusalOf(directory.path);
  assert.ok(error instanceof AbacusError && error.kind === "bad_model");
  assert.match(
    error.message,
    /"max_position_embeddings" may be at most 262144 .*received 16777216$/,
  );
});

Deno.test("a head with outputs beyond all measure is refused before they have names", async () => {
  await using directory = await copyOf("beaver");
  const text = JSON.stringify({ ...configOf("beaver"), score_dim: 1e9 });
  await Deno.writeTextFile(join(directory.path, "config.json"), text);
  const error = await refusalOf(directory.path);
  assert.ok(error instanceof AbacusError && error.kind === "bad_model");
  assert.match(error.message, /as "score_dim" may be at most 1048576: received 1000000000$/);
});

Deno.test("a file that is no object, or nested without end, is refused by its name", async () => {
  await using directory = await copyOf("llama");
  const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
  for (const text of ["", "[]", "null", "7", "{", "[".repeat(100_000), deep]) {
    await Deno.writeTextFile(join(directory.path, "config.json"), text);
    const error = await refusalOf(directory.path);
    assert.ok(error instanceof AbacusError && error.kind === "bad_model", `${error}`);
    assert.match(error.message, /config\.json/);
  }
});
