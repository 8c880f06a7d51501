/**
 * Checkpoints: the policy, or its adapter, as a directory of Hugging Face's, with a folder in it that holds what
 * a run needs to resume bit for bit.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { readJsonFile } from "../../weights/json_file.ts";
import { openCheckpoint } from "../../weights/open.ts";
import { writeSafetensors } from "../../weights/write.ts";
import type { EngineState } from "../graphs/policy_engine.ts";
import { readerOf, type VectorReader } from "../graphs/vector_reader.ts";
import { type PolicySource, writePolicy } from "./policy_directory.ts";

/** What a run resumes from, besides its vectors. Everything else follows from the seed. */
const progressSchema = z.strictObject({
  /** Finished steps. */
  step: z.int().min(0),
  /** Updates made in them. */
  updates: z.int().min(0),
  klCoefficient: z.number().min(0),
});

/** The progress of a run. */
export type Progress = Readonly<z.infer<typeof progressSchema>>;

/** The contents of a checkpoint. */
export interface Resumption {
  readonly progress: Progress;
  readonly state: EngineState;
}

/** What a checkpoint is made of; vectors may be read when they are written, piece by piece. */
export interface Snapshot {
  readonly progress: Progress;
  readonly state: Readonly<Record<keyof EngineState, Vector | VectorReader>>;
}

type Vector = Float32Array<ArrayBuffer>;

/** Where checkpoints are from, and how many are kept. */
export interface CheckpointSource extends PolicySource {
  /** The last so many are kept; at least one. @default 1 */
  readonly keep?: number | undefined;
}

/** The trainer's folder in a checkpoint. */
const TRAINER = "trainer";

/** Names of checkpoints, and of those that are still being written. */
const [WHOLE, DRAFT] = [/^step-\d{6,}$/, /^step-\d{6,}\.new$/];

/** The checkpoints of one run. */
export class Checkpoints {
  readonly #folder: string;
  readonly #source: CheckpointSource;

  constructor(folder: string, source: CheckpointSource) {
    this.#folder = folder;
    this.#source = source;
  }

  /**
   * Writes a checkpoint atomically. Once it is on disk, deletes all but the last few and the best. Whatever
   * fails before, the checkpoints that there are stay as they are.
   *
   * @param best the step whose checkpoint stays however old it is
   * @returns its directory
   * @throws {AbacusError} `training_failed` where a number is not finite: a run could not go on from it
   */
  async save(snapshot: Snapshot, best?: number): Promise<string> {
    const directory = this.directoryOf(snapshot.progress.step);
    const draft = `${directory}.new`;
    await ifThere(Deno.remove(draft, { recursive: true }));
    await Deno.mkdir(join(draft, TRAINER), { recursive: true });
    try {
      await this.#write(draft, snapshot);
    } catch (error) {
      await ifThere(Deno.remove(draft, { recursive: true }));
      throw error;
    }
    await ifThere(Deno.remove(directory, { recursive: true }));
    await Deno.rename(draft, directory);
    await syncDirectory(this.#folder);
    await this.#dropOld(best);
    return directory;
  }

  /** Writes the files of a checkpoint, the vectors first: only they tell whether it may be one. */
  async #write(draft: string, { progress, state }: Snapshot): Promise<void> {
    const { size } = this.#source.layout;
    const vectors = Object.entries(state).map(([name, vector]) => {
      const read = typeof vector === "function" ? vector : readerOf(vector);
      const whole = { offset: 0, length: size };
      return { name, shape: [size], data: () => finite(read(whole), name, progress) };
    });
    await writeSafetensors(join(draft, TRAINER, "state.safetensors"), vectors);
    await writePolicy(draft, { ...this.#source, parameters: state.parameters });
    await Deno.writeTextFile(
      join(draft, TRAINER, "progress.json"),
      `${JSON.stringify(progress, null, 2)}\n`,
    );
    await syncAll(draft);
  }

  /** The directory of a step's checkpoint, whether it exists or not. */
  directoryOf(step: number): string {
    return join(this.#folder, `step-${`${step}`.padStart(6, "0")}`);
  }

  /** The step of the latest checkpoint; undefined if there is none. */
  async latestStep(): Promise<number | undefined> {
    const name = (await this.#names()).at(-1);
    return name === undefined ? undefined : stepOf(name);
  }

  /** The latest checkpoint; undefined if there is none. @throws {AbacusError} if it is damaged */
  async latest(): Promise<Resumption | undefined> {
    const name = (await this.#names()).at(-1);
    if (name === undefined) return undefined;
    const trainer = join(this.#folder, name, TRAINER);
    const path = join(trainer, "progress.json");
    const json = await readJsonFile(path, { mostBytes: 10_000, duplicateKeys: "refused" });
    const progress = progressSchema.safeParse(json);
    if (!progress.success) {
      throw new AbacusError(
        "bad_usage",
        `Cannot resume from a checkpoint as it is damaged: received ${path}`,
      );
    }
    const stored = await openCheckpoint(trainer);
    const { layout: { size } } = this.#source;
    const read = async (each: string) => {
      const data = Float32Array.from(await stored.read(each));
      if (data.length === size) return data;
      throw new AbacusError(
        "bad_usage",
        `Cannot resume from ${name} as this policy and critic have ${size} parameters: ` +
          `received ${data.length}`,
      );
    };
    const state = {
      parameters: await read("parameters"),
      first: await read("first"),
      second: await read("second"),
    };
    return { progress: progress.data, state };
  }

  /** Complete checkpoints, the latest last. */
  async #names(): Promise<string[]> {
    const names = (await this.#entries()).filter((name) => WHOLE.test(name));
    return names.sort((a, b) => stepOf(a) - stepOf(b));
  }

  /** Including drafts, which a process that was killed may have left. */
  async #dropOld(best: number | undefined): Promise<void> {
    const kept = new Set((await this.#names()).slice(-(this.#source.keep ?? 1)));
    for (const name of await this.#entries()) {
      if (kept.has(name) || (WHOLE.test(name) && stepOf(name) === best)) continue;
      if (!WHOLE.test(name) && !DRAFT.test(name)) continue;
      await ifThere(Deno.remove(join(this.#folder, name), { recursive: true }));
    }
  }

  async #entries(): Promise<string[]> {
    return await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => name);
  }
}

/** The pieces of a vector, which are checked as they pass. */
async function* finite(
  pieces: AsyncIterable<Vector>,
  name: string,
  { step }: Progress,
): AsyncGenerator<Vector, void> {
  for await (const piece of pieces) {
    const wrong = piece.find((number) => !Number.isFinite(number));
    if (wrong !== undefined) throw notFinite(name, step, wrong);
    yield piece;
  }
}

function notFinite(vector: string, step: number, received: number): AbacusError {
  const what = vector === "parameters" ? "a weight" : "a moment of Adam's";
  return new AbacusError(
    "training_failed",
    `Cannot save a checkpoint after step ${step} as ${what} is not finite: received ${received}`,
  );
}

/** The inverse of `directoryOf`. */
function stepOf(name: string): number {
  return Number(name.slice("step-".length));
}

/** Flushes a directory and everything in it to disk, so that it survives a power failure. */
async function syncAll(directory: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    await (isDirectory ? syncAll(path) : syncFile(path));
  }
  await syncDirectory(directory);
}

async function syncFile(path: string): Promise<void> {
  // Windows requires write access; elsewhere read access is enough, and a copy may be read-only.
  using file = await Deno.open(path, { read: true, write: Deno.build.os === "windows" });
  await file.sync();
}

/** If supported: Windows cannot open directories, and some network drives cannot sync them. */
async function syncDirectory(path: string): Promise<void> {
  try {
    await syncFile(path);
  } catch {
    // The contents of the files are synced; their names are left to the system.
  }
}
