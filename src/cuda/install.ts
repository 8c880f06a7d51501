/**
 * Installs the CUDA provider: fetches the wheels from PyPI, or takes those that `pip download` left in a folder,
 * checks their hashes, and lays their libraries beside the runtime's own.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { AbacusError, messageOf } from "../errors.ts";
import { ifThere } from "../files.ts";
import { libraryFolder } from "./libraries.ts";
import { extract } from "./wheel_file.ts";
import { type Wheel, wheels as pinned } from "./wheels.ts";

/** Where libraries come from and go to. */
export interface InstallOptions {
  /** A folder that holds the wheels already. @default they are fetched from the index */
  readonly from?: string | undefined;
  /** An index as PEP 691 describes it. @default PyPI */
  readonly index?: string;
  /** @default the folder of onnxruntime's own library */
  readonly folder?: string;
  /** @default the wheels of the provider and of CUDA 13 */
  readonly wheels?: readonly Wheel[];
  readonly signal?: AbortSignal;
  /** Called as bytes of the wheels arrive. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** What a run brought. */
export interface Installed {
  readonly folder: string;
  /** Names of the files, in the order of the table. */
  readonly brought: readonly string[];
  /** Those that were there in their full size. */
  readonly kept: readonly string[];
}

/** @throws {AbacusError} `bad_device` where a wheel cannot be had, or is another than the pinned one */
export async function installCuda(options: InstallOptions = {}): Promise<Installed> {
  const { folder = libraryFolder(), wheels = pinned, onProgress = () => {} } = options;
  const brought: string[] = [];
  const kept: string[] = [];
  const absent: Wheel[] = [];
  for (const wheel of wheels) {
    if (await isWhole(wheel, folder)) kept.push(...namesOf(wheel));
    else absent.push(wheel);
  }
  const total = absent.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const wheel of absent) {
    await installWheel(wheel, {
      ...options,
      folder,
      onBytes: (done) => onProgress(before + done, total),
    });
    before += wheel.bytes;
    brought.push(...namesOf(wheel));
  }
  return { folder, brought, kept };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const namesOf = ({ libraries }: Wheel) => libraries.map(({ path }) => nameOf(path));

async function isWhole({ libraries }: Wheel, folder: string): Promise<boolean> {
  for (const { path, bytes } of libraries) {
    const found = await ifThere(Deno.stat(`${folder}/${nameOf(path)}`));
    if (found?.size !== bytes) return false;
  }
  return true;
}

type WheelTask = Omit<InstallOptions, "folder"> & {
  readonly folder: string;
  readonly onBytes: (done: number) => void;
};

async function installWheel(wheel: Wheel, task: WheelTask): Promise<void> {
  const { folder, from } = task;
  const local = from === undefined ? `${folder}/${wheel.file}.part` : `${from}/${wheel.file}`;
  try {
    const hash = from === undefined
      ? await fetchWheel(wheel, local, task)
      : await hashOf((await Deno.open(local)).readable, task.onBytes);
    expectHash(wheel, hash);
    for (const { path } of wheel.libraries) {
      await extract(local, path, `${folder}/${nameOf(path)}`);
    }
  } catch (error) {
    if (error instanceof AbacusError || task.signal?.aborted) throw error;
    throw new AbacusError(
      "bad_device",
      `Cannot install ${wheel.name} as it cannot be had: received ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    if (from === undefined) await ifThere(Deno.remove(local));
  }
}

function expectHash({ file, sha256 }: Wheel, received: string): void {
  if (received === sha256) return;
  throw new AbacusError(
    "bad_device",
    `Cannot install ${file} as its SHA-256 has to be ${sha256}: received ${received}`,
  );
}

/** @returns the SHA-256 of what was written to `local` */
async function fetchWheel(wheel: Wheel, local: string, task: WheelTask): Promise<string> {
  const { signal = null, index = "https://pypi.org/simple" } = task;
  const page = await fetch(`${index}/${wheel.name}/`, {
    headers: { accept: "application/vnd.pypi.simple.v1+json" },
    signal,
  });
  if (!page.ok) throw new Error(`status ${page.status} from ${page.url}`);
  const { files } = await page.json() as { files: { filename: string; url: string }[] };
  const url = files.find(({ filename }) => filename === wheel.file)?.url;
  if (url === undefined) throw new Error(`no ${wheel.file} at ${page.url}`);
  const reply = await fetch(new URL(url, page.url), { signal });
  if (!reply.ok || reply.body === null) throw new Error(`status ${reply.status} from ${url}`);
  const [written, hashed] = reply.body.tee();
  const [hash] = await Promise.all([hashOf(hashed, task.onBytes), Deno.writeFile(local, written)]);
  return hash;
}

async function hashOf(
  bytes: ReadableStream<Uint8Array>,
  onBytes: (done: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  let done = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    onBytes(done += chunk.length);
  }
  return hash.digest("hex");
}
