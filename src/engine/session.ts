/**
 * Session: an onnxruntime session over a serialised graph. The only importer of onnxruntime-node.
 *
 * @module
 */

import { InferenceSession, Tensor } from "onnxruntime-node";
import { openCudaLibraries } from "../cuda/libraries.ts";
import { expectFilled, type Feed, type Feeds, type Output, type Outputs } from "./arrays.ts";
import type { Device } from "./devices.ts";
import { type Element, holds, isElement } from "./elements.ts";
import { settleEnvironment } from "./environment.ts";
import { heavyShare } from "./profile.ts";

/** How a session is opened. */
export interface SessionOptions {
  readonly device: Device;
  /** Which of several GPUs. @default the first */
  readonly deviceId?: number;
  readonly threads: number;
  /**
   * Whether weights stay in their files, where the system may drop them from memory again, and nothing is prepared
   * for speed. For a few runs of a model that may be larger than the memory. @default false
   */
  readonly lean?: boolean;
}

/** What is known of an output before any run. */
export interface OutputFacts {
  readonly element: Element;
  /** Absent where only a run tells its extents. */
  readonly dims?: readonly number[];
}

/** A graph that can be run. */
export interface Session {
  readonly inputs: ReadonlyMap<string, Element>;
  readonly outputs: ReadonlyMap<string, OutputFacts>;
  /** Share of heavy nodes that the device itself ran, by the profile of the warm-up; NaN without. */
  readonly onDevice: number;
  /**
   * Feeds may hold more than the graph's inputs. An output with a target, an array of just its size,
   * is written into that; a run that fails leaves it in any state. No two runs at once.
   */
  run(feeds: Feeds, targets?: Feeds): Promise<Outputs>;
  /** Frees the session's memory; it must not be run again. */
  release(): Promise<void>;
}

const providers: Readonly<Record<Device, readonly string[]>> = {
  cpu: ["cpu"],
  webgpu: ["webgpu", "cpu"],
  cuda: ["cuda", "cpu"],
};

/**
 * How long threads that wait for one another within a run look for work before they sleep. By default it is for so
 * long that a thread which has no core to itself, as another program or the server uses it, keeps the
 * others busy with waiting: on two cores with both in use, a run of 32 short texts took twice the CPU time.
 */
const SPIN_US = 10;

/** The providers that a session is opened with, best first: what one cannot run, the next one does. */
export function providersOf(
  { device, deviceId }: Pick<SessionOptions, "device" | "deviceId">,
): InferenceSession.ExecutionProviderConfig[] {
  const { [device]: names } = providers;
  // Only CUDA's places have a number (`devices.ts`).
  return names.map((name) => name === "cuda" && deviceId !== undefined ? { name, deviceId } : name);
}

/** Opens a session and runs `warmUp` once, if there is one. */
export async function openSession(
  model: Uint8Array<ArrayBuffer>,
  options: SessionOptions,
  warmUp?: Feeds,
): Promise<Session> {
  settleEnvironment();
  const { device } = options;
  if (device === "cuda") openCudaLibraries();
  if (device === "cpu" || warmUp === undefined) {
    const onDevice = device === "cpu" ? 1 : NaN; // on the CPU there is nowhere else to run
    return await warm(await create(model, options), { warmUp, share: () => onDevice });
  }
  // Where nothing may be written, as in a container whose files are read-only, nothing is profiled.
  const folder = await Deno.makeTempDir({ prefix: "abacus-profile-" }).catch(() => undefined);
  if (folder === undefined) {
    return await warm(await create(model, options), { warmUp, share: () => NaN });
  }
  try {
    const session = await create(model, { ...options, profile: `${folder}/run` });
    const share = async () => {
      session.endProfiling();
      return heavyShare(await readProfile(folder), device);
    };
    return await warm(session, { warmUp, share });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a session of onnxruntime's ready for use, or releases it. */
async function warm(
  session: InferenceSession,
  { warmUp, share }: { warmUp: Feeds | undefined; share: () => number | Promise<number> },
): Promise<Session> {
  try {
    const inputs = new Map(session.inputMetadata.map((each) => [each.name, elementOf(each)]));
    const outputs = new Map(session.outputMetadata.map((each) => [each.name, factsOf(each)]));
    const run: Session["run"] = (feeds, targets = {}) =>
      runSession(session, { inputs, outputs }, { feeds, targets });
    if (warmUp !== undefined) await run(warmUp);
    return { inputs, outputs, onDevice: await share(), run, release: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function runSession(
  session: InferenceSession,
  { inputs, outputs }: Pick<Session, "inputs" | "outputs">,
  { feeds, targets }: { feeds: Feeds; targets: Feeds },
): Promise<Outputs> {
  const tensors = [...inputs].map(([name, element]) => [name, tensor(name, element, feeds[name])]);
  const fetches = [...outputs].map(([name, { element }]) => [
    name,
    targets[name] === undefined ? null : tensor(name, element, targets[name]),
  ]);
  const made = await session.run(Object.fromEntries(tensors), Object.fromEntries(fetches));
  const results = Object.entries(made).map(([name, each]): [string, Output] => {
    const target = targets[name];
    if (target === undefined) return [name, output(name, each)];
    drop(each, target);
    return [name, target];
  });
  return Object.fromEntries(results);
}

/**
 * A run writes into its target and hands back a copy of it all the same. Freed at once instead of by
 * the garbage collector, the copies of a state of 16 MiB took 137 MiB at the peak, not about 300.
 */
function drop({ data }: Tensor, target: Feed): void {
  if (!ArrayBuffer.isView(data) || data.buffer === target.data.buffer) return;
  if (data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
}

function create(
  model: Uint8Array<ArrayBuffer>,
  { threads, profile, lean = false, ...where }: SessionOptions & { profile?: string },
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: providersOf(where),
    intraOpNumThreads: threads,
    enableMemPattern: false, // a quarter less memory, no time that could be told from noise
    graphOptimizationLevel: lean ? "disabled" : "all", // which computes with constants at load
    logSeverityLevel: 4, // what fails is thrown as well
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: {
        // External data is located relative to the root: graphs name absolute paths.
        model_external_initializers_file_folder_path: "/",
        force_spinning_stop: "1",
        ...(lean ? { disable_prepacking: "1" } : {}),
        intra_op: { spin_duration_us: String(SPIN_US) },
      },
    },
  });
}

function elementOf(value: InferenceSession.ValueMetadata): Element {
  const dtype = value.isTensor ? value.type : "no tensor";
  if (isElement(dtype)) return dtype;
  throw new TypeError(
    `Cannot open a session as "${value.name}" is of no type that travels: received ${dtype}`,
  );
}

function factsOf(value: InferenceSession.ValueMetadata): OutputFacts {
  const element = elementOf(value);
  const shape = value.isTensor ? value.shape : [];
  const dims = shape.filter((dim) => typeof dim === "number");
  return dims.length === shape.length ? { element, dims } : { element };
}

function tensor(name: string, element: Element, feed: Feed | undefined): Tensor {
  if (feed === undefined) throw new TypeError(`Cannot run as the input "${name}" is not fed`);
  const { data, dims } = feed;
  if (!holds(element, data)) {
    throw new TypeError(
      `Cannot run as "${name}" has to be ${element}: received ${feed.data.constructor.name}`,
    );
  }
  expectFilled(name, feed);
  return new Tensor(element, data, [...dims]);
}

function output(name: string, { type, data, dims }: Tensor): Output {
  if (isElement(type) && holds(type, data)) return { data, dims };
  throw new TypeError(`Cannot read the output "${name}" as numbers: received ${type}`);
}

async function readProfile(folder: string): Promise<unknown> {
  for await (const { name } of Deno.readDir(folder)) {
    return JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
  }
  throw new Error("Cannot tell where nodes ran as onnxruntime wrote no profile");
}
