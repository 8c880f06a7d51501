/**
 * Session: an onnxruntime session over a serialised graph. The only importer of onnxruntime-node.
 *
 * @module
 */

import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Device } from "./devices.ts";
import type { Feeds } from "./feeds.ts";
import { heavyShare } from "./profile.ts";
import type { Output } from "./verdicts.ts";

/** How a session is opened. */
export interface SessionOptions {
  readonly device: Device;
  readonly threads: number;
}

/** A graph that can be run. */
export interface Session {
  run(feeds: Feeds): Promise<{ logits: Output; credit: Output }>;
  /** Share of heavy nodes that the device itself ran, found by profiling the warm-up. */
  readonly onDevice: number;
  /** Frees the session's memory; it must not be run again. */
  release(): Promise<void>;
}

const providers: Readonly<Record<Device, readonly string[]>> = {
  cpu: ["cpu"],
  webgpu: ["webgpu", "cpu"],
  cuda: ["cuda", "cpu"],
};

/** Opens a session and runs `warmUp` once. */
export async function openSession(
  model: Uint8Array<ArrayBuffer>,
  { device, threads }: SessionOptions,
  warmUp: Feeds,
): Promise<Session> {
  silenceTelemetry();
  if (device === "cpu") { // there is nowhere else to run
    const session = await create(model, { device, threads });
    await run(session, warmUp);
    return wrap(session, 1);
  }
  const folder = await Deno.makeTempDir({ prefix: "abacus-profile-" });
  try {
    const session = await create(model, { device, threads, profile: `${folder}/run` });
    await run(session, warmUp);
    session.endProfiling();
    return wrap(session, heavyShare(await readProfile(folder), device));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function wrap(session: InferenceSession, onDevice: number): Session {
  return {
    onDevice,
    run: (feeds) => run(session, feeds),
    release: () => session.release(),
  };
}

function create(
  model: Uint8Array<ArrayBuffer>,
  { device, threads, profile }: SessionOptions & { profile?: string },
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: [...providers[device]],
    intraOpNumThreads: threads,
    enableMemPattern: false, // a quarter less memory, no time that could be told from noise
    graphOptimizationLevel: "all",
    logSeverityLevel: 4, // what fails is thrown as well
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: {
        // External data is located relative to the root: graphs name absolute paths.
        model_external_initializers_file_folder_path: "/",
        force_spinning_stop: "1",
      },
    },
  });
}

/** onnxruntime reports its use to its makers, unless it is told not to before the first session. */
function silenceTelemetry(): void {
  const name = "ORT_DISABLE_TELEMETRY";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  if (state === "granted") Deno.env.set(name, "1");
}

async function run(
  session: InferenceSession,
  feeds: Feeds,
): Promise<{ logits: Output; credit: Output }> {
  const tensors = Object.fromEntries(session.inputNames.map((name) => [name, tensor(name, feeds)]));
  const { logits, credit } = await session.run(tensors);
  return { logits: output("logits", logits), credit: output("credit", credit) };
}

function tensor(name: string, feeds: Feeds): Tensor {
  const feed = feeds[name];
  if (feed === undefined) throw new Error(`Cannot run as the input "${name}" is not fed`);
  const { data, dims } = feed;
  return data instanceof Int32Array
    ? new Tensor("int32", data, [...dims])
    : new Tensor("int64", data, [...dims]);
}

function output(name: string, found: Tensor | undefined): Output {
  const data = found?.data;
  if (found === undefined || !(data instanceof Float32Array)) {
    throw new Error(`Cannot read the output "${name}" as float32: received ${found?.type}`);
  }
  return { data, dims: found.dims };
}

async function readProfile(folder: string): Promise<unknown> {
  for await (const { name } of Deno.readDir(folder)) {
    return JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
  }
  throw new Error("Cannot tell where nodes ran as onnxruntime wrote no profile");
}
