/**
 * Golden models whose directories are spelled otherwise, and what transformers made of each
 * (tests/oracle/directories.py).
 *
 * @module
 */

import { join } from "node:path";
import { elementCount, isUsable } from "../../src/weights/element_type.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import golden from "../golden/directories.json" with { type: "json" };
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "./checkpoint.ts";
import { goldenDirectory } from "./golden_model.ts";

/** How a directory differs from that of a golden model. */
export interface Respelling {
  readonly base: string;
  /** Fields put over those of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Fields taken out of it. */
  readonly without: readonly string[];
  /** Patterns of names and what takes their place, in order. */
  readonly rename: readonly (readonly [string, string])[];
  /** Patterns of names of tensors that go. */
  readonly drop: readonly string[];
  /** Names and shapes of tensors full of 0.5. */
  readonly add: Readonly<Record<string, readonly number[]>>;
  readonly dtype: "float32" | "float64";
}

/** A case of tests/golden/directories.json. */
export interface GoldenRespelling extends Respelling {
  readonly name: string;
  /** What transformers answers, if it does. */
  readonly logits?: readonly number[];
  /** What it stops with. */
  readonly error?: string;
  /** Tensors that it drew at random. */
  readonly random?: readonly string[];
}

/** All cases, and the ids that each was asked about. */
export const respellings = golden as unknown as {
  readonly ids: readonly number[];
  readonly cases: readonly GoldenRespelling[];
};

/** The golden Llama's answer about the same ids, and what OpenRLHF makes of it by a mean and a deviation. */
export const normalizedReward = { ids: golden.ids, ...golden.normalized };

/** A golden model as it is. */
export const unchanged: Omit<Respelling, "base"> = {
  config: {},
  without: [],
  rename: [],
  drop: [],
  add: {},
  dtype: "float32",
};

/** Writes the directory of a case; it goes away at the end of the block. */
export async function respelled(
  { base, config, without, ...tensors }: Respelling,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const source = goldenDirectory(base);
  const fields = JSON.parse(await Deno.readTextFile(join(source, "config.json")));
  for (const name of without) delete fields[name];
  await Deno.writeTextFile(
    join(directory.path, "config.json"),
    JSON.stringify({ ...fields, ...config }),
  );
  await writeCheckpoint(directory.path, await tensorsOf(source, tensors));
  return directory;
}

async function tensorsOf(
  source: string,
  { rename, drop, add, dtype }: Pick<Respelling, "rename" | "drop" | "add" | "dtype">,
): Promise<TestTensor[]> {
  const { tensors, read } = await openCheckpoint(source);
  const kept = [...tensors.values()].filter(({ name }) =>
    !drop.some((pattern) => new RegExp(pattern).test(name))
  );
  const own = await Promise.all(kept.map(async ({ name, shape }): Promise<TestTensor> => ({
    name: rename.reduce((text, [from, to]) => text.replace(new RegExp(from), to), name),
    shape,
    // Masks of bools are not read, whatever stands in them.
    data: isUsable(tensors.get(name)!) ? await read(name) : zeros(shape),
    dtype,
  })));
  const added = Object.entries(add).map(([name, shape]): TestTensor => ({
    name,
    shape,
    data: zeros(shape).fill(0.5),
  }));
  return [...new Map([...own, ...added].map((each) => [each.name, each])).values()];
}

function zeros(shape: readonly number[]): Float32Array {
  return new Float32Array(elementCount(shape));
}
