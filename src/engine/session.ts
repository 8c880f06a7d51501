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
  const profiled = device !== "cpu"; // on the CPU there is nowhere else to run
  const folder = profiled ? await Deno.makeTempDir({ prefix: "abacus-profile-" }) : "";
  const inner = await InferenceSession.create(model, {
    executionProviders: [...providers[device]],
    intraOpNumThreads: threads,
    enableMemPattern: false, // a quarter less memory, no time that could be told from noise
    graphOptimizationLevel: "all",
    logSeverityLevel: 4, // what fails is thrown as well
    ...(profiled ? { enableProfiling: true, profileFilePrefix: `${folder}/run` } : {}),
    extra: {
      session: {
        // External data is located relative to the root: graphs name absolute paths.
        model_external_initializers_file_folder_path: "/",
        force_spinning_stop: "1",
      },
    },
  });
  await run(inner, warmUp);
  const onDevice = profiled ? await measureShare(inner, { device, folder }) : 1;
  return { onDevice, run: (feeds) => run(inner, feeds) };
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

async function measureShare(
  session: InferenceSession,
  { device, folder }: { device: Device; folder: string },
): Promise<number> {
  session.endProfiling();
  try {
    for await (const file of Deno.readDir(folder)) {
      return heavyShare(JSON.parse(await Deno.readTextFile(`${folder}/${file.name}`)), device);
    }
    throw new Error(`Cannot tell where nodes ran as onnxruntime wrote no profile`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
