/**
 * The tiny models of tests/golden/models, made by tests/oracle/models.py, and what transformers says of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Architecture } from "../../src/architectures/architecture.ts";
import { architectureNames } from "../../src/architectures/registry.ts";
import type { DeviceChoice } from "../../src/engine/devices.ts";
import type { Engine, ModelDtype, Query, SequenceOutput } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open.ts";
import type { OpenEngineRuntime } from "../../src/engine/engine_runtime.ts";
import { ownPassGraph, type OwnPassName } from "../../src/engine/passes/own_pass.ts";
import type { AttentionForm } from "../../src/engine/passes/scoring.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { slow } from "./slow.ts";
import { testWhere } from "./test_where.ts";

/** What transformers answered for one sequence. */
export interface GoldenSequence {
  readonly ids: readonly number[];
  /** The token types, of models that are given some. */
  readonly types?: readonly number[];
  /** The positions that the score is pooled from. */
  readonly pool: readonly number[];
  /** The head at every position, row-major. */
  readonly logits: readonly number[];
  /** The head at the mean of the pooled positions, where those are several. */
  readonly pooled?: readonly number[];
  /** Last layer, mean over heads, row of the pooled position. */
  readonly attention: readonly number[];
}

/** What transformers answered for one text. */
export interface GoldenText {
  readonly prompt: string;
  readonly completion: string;
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly score: number;
  readonly offsets: readonly (readonly [number, number])[];
  readonly response_mass: number;
  readonly credit: readonly number[];
}

/** A golden.json. */
export interface Golden {
  readonly made_by: { readonly transformers: string };
  readonly sequences: readonly GoldenSequence[];
  /** Prompt and completion as one text. */
  readonly texts?: readonly GoldenText[];
  /** Prompt and completion as a pair of texts, of encoders. */
  readonly pairs?: readonly GoldenText[];
}

/** A gradients.json: what torch says of one golden model's gradients. */
export interface GoldenGradients {
  /** What each label weighs in the score. */
  readonly label_weights: readonly number[];
  /** Of the sequences of golden.json, in their order. */
  readonly sequences: readonly GoldenAttribution[];
  /** Of its texts. */
  readonly texts?: readonly GoldenAttribution[];
  /** Of its pairs of texts. */
  readonly pairs?: readonly GoldenAttribution[];
}

/** The score of one sequence, and what it owes to each token. */
export interface GoldenAttribution {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly pool: readonly number[];
  readonly score: number;
  /** The gradient of the score by each token's embedding, times the embedding. */
  readonly attribution: readonly number[];
}

/** The directory of a golden model; a directory that is one already stays what it is. */
export function goldenDirectory(name: string): string {
  return resolve(fileURLToPath(new URL("../golden/models", import.meta.url)), name);
}

/** The names of all golden models, in order. */
export function goldenNames(): readonly string[] {
  return [...Deno.readDirSync(goldenDirectory("."))].map(({ name }) => name).toSorted();
}

/** The names of those whose architecture is in the registry. */
export function servedGoldenNames(): readonly string[] {
  return goldenNames().filter((name) => architectureNames.includes(classOf(name)));
}

/**
 * The models that tests over all of them take every day: of each class the one with the shortest name, since
 * its variants are named after it. All tests take all.
 */
export function everydayGoldenNames(): readonly string[] {
  const served = servedGoldenNames();
  if (slow === undefined) return served;
  const classes = Map.groupBy(served, classOf);
  return [...classes.values()].map((names) => names.reduce((a, b) => b.length < a.length ? b : a));
}

/** The class that config.json names. */
function classOf(name: string): string {
  const config = Deno.readTextFileSync(join(goldenDirectory(name), "config.json"));
  return JSON.parse(config).architectures[0];
}

/** Reads what tests/oracle/gradients.py found of a golden model. */
export async function readGoldenGradients(name: string): Promise<GoldenGradients> {
  return JSON.parse(await Deno.readTextFile(join(goldenDirectory(name), "gradients.json")));
}

/** Reads a golden model's expected numbers. */
export async function readGolden(name: string): Promise<Golden> {
  return JSON.parse(await Deno.readTextFile(join(goldenDirectory(name), "golden.json")));
}

/** Shares whatever can be shared and cuts attention into many tiles, which tiny models would not do. */
const eagerTree = {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 400, pairsPerTile: 20 },
};

/** How a golden model is opened. */
export interface GoldenOptions {
  readonly device?: DeviceChoice;
  readonly eager?: boolean;
  /** @default "float32" */
  readonly dtype?: ModelDtype;
  /** How attention is computed. @default "tiles" */
  readonly attention?: AttentionForm;
  /** Bytes that it may take where it is computed at once. @default what the engine allows */
  readonly attentionBytes?: number;
  /** Keeps weights converted to `dtype`. @default the engine converts them */
  readonly cache?: string | undefined;
  /** What each label weighs in the score that attributions are of. @default there are none */
  readonly labelWeights?: readonly number[];
  /** What the engine computes in. @default a runtime of its own */
  readonly runtime?: OpenEngineRuntime;
}

/** Opens a golden model without its tokenizer. */
export async function openGolden(
  name: string,
  options: GoldenOptions = {},
): Promise<{ engine: Engine; architecture: Architecture }> {
  const {
    device = "cpu",
    eager = false,
    dtype = "float32",
    cache,
    labelWeights,
    runtime,
    attention,
    attentionBytes,
  } = options;
  const directory = goldenDirectory(name);
  // Models of random numbers lose more than real ones, and all layers are to be tried.
  const form = { dtype, cache, attention, largestLoss: Infinity };
  const blueprint = await readBlueprint(directory, form);
  const { graph, architecture, checkpoint, dtype: passes } = blueprint;
  const { sharesUpTo } = architecture;
  const tree = { ...eagerTree, sharing: { ...eagerTree.sharing, sharesUpTo } };
  const ownPass = labelWeights === undefined
    ? undefined
    : (name: OwnPassName) =>
      ownPassGraph(name, {
        architecture,
        weights: new Ledger(checkpoint),
        labelWeights,
        dtype: passes,
      });
  const engineOptions = {
    architecture,
    device,
    dtype,
    threads: 1,
    ...(eager ? { tree } : {}),
    ...(attentionBytes === undefined ? {} : { attentionBytes }),
    ...(ownPass === undefined ? {} : { ownPass }),
    ...(runtime === undefined ? {} : { runtime }),
  };
  return { architecture, engine: await openEngine(graph, engineOptions) };
}

/** A sequence that a model is asked about; golden ones are such. */
export interface Asked {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  /** @default the last position */
  readonly pool?: readonly number[];
}

/** The head at every position and the pooled position's attention. */
export function everyPosition(asked: Asked | readonly number[]): Query {
  const query = pooledOnly(asked);
  return { ...query, rows: [...query.ids.keys()] };
}

/** The pooled position alone, and its attention. */
export function pooledOnly(asked: Asked | readonly number[]): Query {
  const { ids, types, pool = [ids.length - 1] }: Asked = "ids" in asked ? asked : { ids: asked };
  return {
    ids: Int32Array.from(ids),
    ...(types === undefined ? {} : { types: Int32Array.from(types) }),
    pool,
    rows: [],
    measure: ["attention"],
  };
}

/** Fails where numbers differ by more than `tolerance` times the larger of 1 and their magnitude. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance, what }: { tolerance: number; what: string },
): void {
  assert.equal(actual.length, expected.length, `${what}: how many`);
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [actual[i]!, expected[i]!];
    const gap = Math.abs(found - wanted) / Math.max(1, Math.abs(wanted));
    assert.ok(gap <= tolerance, `${what}[${i}]: ${found}, expected ${wanted}`);
  }
}

/**
 * The tests that every family's page has to pass, over some of its golden models.
 *
 * @param seldom further models, which are tested where all tests were asked for
 */
export function testFamily(models: readonly string[], seldom: readonly string[] = []): void {
  for (const name of [...models, ...seldom]) {
    const missing = models.includes(name) ? undefined : slow;
    const test = (name: string, fn: () => Promise<void>) => testWhere({ name, missing, fn });

    test(`${name} answers as transformers does, at every position`, async () => {
      const { sequences } = await readGolden(name);
      const { engine } = await openGolden(name);
      await using _closed = engine;
      for (const sequence of sequences) {
        const { logits, attention } = sequence;
        const { outputs: [output] } = await engine.run([everyPosition(sequence)]);
        assertClose(output!.rowLogits, logits, { tolerance: 1e-4, what: "logits" });
        assertClose(output!.measured.attention!, attention, { tolerance: 1e-4, what: "attention" });
        const pooled = { tolerance: 1e-4, what: "pooled logits" };
        assertClose(output!.logits, pooledLogits(sequence), pooled);
      }
    });

    test(`${name} answers alike alone, together and in any order, duplicates computed once`, async () => {
      const { sequences } = await readGolden(name);
      const { engine, architecture } = await openGolden(name, { eager: true });
      await using _closed = engine;
      const queries = [...sequences, ...sequences.toReversed()].map(pooledOnly);
      const together = await engine.run(queries);
      for (const [i, query] of queries.entries()) {
        const { outputs: [alone] } = await engine.run([query]);
        assertSameOutput(together.outputs[i]!, alone!);
      }
      const tokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
      if (architecture.attention === "causal") assert.ok(together.computedTokens <= tokens);
      else assert.equal(together.computedTokens, tokens, "nothing but whole sequences is shared");
    });

    test(`${name} answers the same batch bit for bit alike`, async () => {
      const { sequences } = await readGolden(name);
      const { engine } = await openGolden(name);
      await using _closed = engine;
      const queries = sequences.map(everyPosition);
      const [first, second] = [await engine.run(queries), await engine.run(queries)];
      assert.deepEqual(first.outputs, second.outputs);
    });
  }
}

/** The head at the pooled position, or at the mean of several. */
export function pooledLogits({ ids, pool, logits, pooled }: GoldenSequence): readonly number[] {
  const labels = logits.length / ids.length;
  const [position = 0] = pool;
  return pooled ?? logits.slice(position * labels, (position + 1) * labels);
}

function assertSameOutput(found: SequenceOutput, expected: SequenceOutput): void {
  const tolerance = 1e-5;
  assertClose(found.logits, expected.logits, { tolerance, what: "logits" });
  const [row, wanted] = [found.measured.attention!, expected.measured.attention!];
  assertClose(row, wanted, { tolerance, what: "attention" });
}
