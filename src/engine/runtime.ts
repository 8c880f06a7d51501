/**
 * Runtime: named sessions and persistent tensors in a worker of their own, seen from the main thread.
 *
 * Knows graphs, not models: what the inputs and outputs mean is the caller's affair.
 *
 * @module
 */

import { check } from "../onnx/check.ts";
import { Graph } from "../onnx/graph.ts";
import { matmul } from "../onnx/ops.ts";
import { serialize } from "../onnx/serialize.ts";
import type { NarrowKernels } from "../onnx/widened.ts";
import { buffersOf, type Feed, type Feeds, type Outputs } from "./arrays.ts";
import { Channel } from "./channel.ts";
import {
  candidates,
  type Device,
  type DeviceChoice,
  firstWorking,
  partsOf,
  type Place,
} from "./devices.ts";
import { gpuSeen } from "./gpu_seen.ts";
import type { OpenPort, RuntimeDied } from "./port.ts";
import type { TensorPart } from "./persistent_tensors.ts";
import type { TensorBindings } from "./protocol.ts";
import { threadPort } from "./thread_port.ts";

export type { Feed, Feeds, Output, Outputs } from "./arrays.ts";
export type { TensorBindings } from "./protocol.ts";

/**
 * A worker that computes. Calls take effect one after the other, in the order they are made, and
 * need not be awaited in between. Arrays that are handed in are transferred, not copied: they are
 * empty afterwards, save where the call was refused before it was sent. Once the worker has died, or
 * is closed, every call rejects.
 */
export interface Runtime extends AsyncDisposable {
  readonly device: Device;
  /** The device, and which of several GPUs it is. */
  readonly place: Place;
  /** Threads of the CPU provider. */
  readonly threads: number;
  /**
   * Opens a session over `graph` under a name. One that had the name is released when the new one
   * is open, and stays if it cannot be opened.
   *
   * @param graph a graph of our own, or the bytes of one of others
   * @returns the share of heavy nodes (matrix products and the like) that the device itself runs, 0
   * to 1; NaN on a GPU without a warm-up, as it was not measured.
   * @throws {Error} where a part of the graph serves no output, or with the runtime's own words.
   */
  load(
    name: string,
    graph: Graph | Uint8Array<ArrayBuffer>,
    options?: LoadOptions,
  ): Promise<{ onDevice: number }>;
  /** @throws {TypeError} where no session has the name. */
  unload(name: string): Promise<void>;
  /**
   * Stores an array as a persistent tensor, replacing the one of that name.
   *
   * @throws {RangeError} where its numbers are not as many as its extents say.
   */
  put(name: string, feed: Feed): Promise<void>;
  /**
   * A copy of a persistent tensor, or of a part of one of float32.
   *
   * @throws {TypeError} if there is no tensor of that name, or it has no parts.
   * @throws {RangeError} if the part is not within the tensor.
   */
  get(name: string, part?: TensorPart): Promise<Feed>;
  /**
   * Runs a session. Every input that its graph declares must come from `feeds` or from a persistent
   * tensor; other feeds are ignored. Persistent tensors change only if the run succeeds, and
   * then all together; one may be read and replaced by the same run.
   *
   * @returns the outputs that are not kept, and the time inside the runtime alone.
   * @throws {TypeError} naming an input that is missing, is given twice or has the wrong element
   * type, or a name that is not there.
   * @throws {RangeError} naming an input whose numbers do not fill its extents, or a view that is
   * not within its persistent tensor.
   * @throws {Error} with the runtime's own words, where the graph itself fails.
   */
  run(
    name: string,
    feeds: Feeds,
    bindings?: TensorBindings,
  ): Promise<{ outputs: Outputs; runMs: number }>;
}

/** How a session is opened. */
interface LoadOptions {
  /** Run once, profiled on a GPU; its outputs are dropped. @default nothing is run */
  readonly warmUp?: Feeds;
  /** As {@linkcode SessionOptions.lean}. @default false */
  readonly lean?: boolean;
}

/** Where a runtime computes. */
export interface RuntimeOptions {
  /** @default "auto" */
  readonly device?: DeviceChoice;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number;
  /**
   * What has to succeed for a device to be taken; what it loads stays. @default a small matrix
   * product
   */
  readonly prove?: (runtime: Runtime) => Promise<void>;
  /** Where its sessions live. @default a thread of this process */
  readonly port?: OpenPort;
  /** Called once, where it ends unasked. */
  readonly onDeath?: (death: RuntimeDied) => void;
}

/** @throws {AbacusError} `bad_device` where no device works, saying what to install. */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { device: choice = "auto", threads = navigator.hardwareConcurrency } = options;
  const { prove = multiply, port = threadPort, onDeath } = options;
  return await firstWorking(candidates(choice, choice === "auto" && gpuSeen()), async (place) => {
    const channel = new Channel(port(), onDeath);
    const runtime = new ChannelRuntime(channel, { place, threads });
    try {
      await prove(runtime);
      return runtime;
    } catch (error) {
      await runtime[Symbol.asyncDispose]();
      throw error;
    }
  });
}

/** One product of two small matrices. */
async function multiply(runtime: Runtime): Promise<void> {
  const graph = new Graph("proof");
  const x = graph.input("x", "float32", [2, 2]);
  graph.output("y", matmul(x, x));
  await runtime.load("proof", graph, {
    warmUp: { x: { data: new Float32Array(4), dims: [2, 2] } },
  });
  await runtime.unload("proof");
}

function bytesOf(
  graph: Graph | Uint8Array<ArrayBuffer>,
  device: Device,
): Uint8Array<ArrayBuffer> {
  if (graph instanceof Uint8Array) return graph;
  check(graph);
  return serialize(graph, { narrow: narrowKernels[device] });
}

/**
 * The operators that onnxruntime 1.30 has kernels in bfloat16 for, of those that our graphs have. On CUDA each was seen to
 * work on an H200; Pad has none there. WebGPU has no such numbers at all.
 */
const narrowKernels: Readonly<Record<Device, NarrowKernels>> = {
  cpu: [],
  webgpu: "all",
  cuda: [
    "Add",
    "Concat",
    "Div",
    "Erf",
    "Exp",
    "Expand",
    "Gather",
    "Gelu",
    "Gemm",
    "GroupQueryAttention",
    "MatMul",
    "Mul",
    "Neg",
    "Pow",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "RotaryEmbedding",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Sqrt",
    "Sub",
    "Tanh",
    "Transpose",
    "Where",
  ],
};

/**
 * There is no event for the end of a worker's thread, and a process that ends before a thread which has
 * used WebGPU can crash in the driver (exit code 139): with NVIDIA's on an H200 5 of 7 did, and none
 * of 24 that waited for 20 ms or more.
 */
const workerExitGraceMs = 100;

class ChannelRuntime implements Runtime {
  readonly device: Device;
  readonly place: Place;
  readonly threads: number;
  readonly #channel: Channel;

  constructor(channel: Channel, { place, threads }: { place: Place; threads: number }) {
    this.device = partsOf(place).device;
    this.place = place;
    this.threads = threads;
    this.#channel = channel;
  }

  async load(
    name: string,
    graph: Graph | Uint8Array<ArrayBuffer>,
    { warmUp, lean }: LoadOptions = {},
  ): Promise<{ onDevice: number }> {
    const { place, threads } = this;
    const request = {
      name,
      model: bytesOf(graph, this.device),
      ...partsOf(place),
      threads,
      ...(lean === undefined ? {} : { lean }),
    };
    if (warmUp === undefined) return await this.#channel.ask("load", request);
    return await this.#channel.ask("load", { ...request, warmUp }, buffersOf(warmUp));
  }

  async unload(name: string): Promise<void> {
    await this.#channel.ask("unload", { name });
  }

  async put(name: string, feed: Feed): Promise<void> {
    await this.#channel.ask("put", { name, feed }, buffersOf({ [name]: feed }));
  }

  async get(name: string, part?: TensorPart): Promise<Feed> {
    return await this.#channel.ask("get", part === undefined ? { name } : { name, part });
  }

  async run(
    name: string,
    feeds: Feeds,
    bindings: TensorBindings = {},
  ): Promise<{ outputs: Outputs; runMs: number }> {
    return await this.#channel.ask("run", { name, feeds, ...bindings }, buffersOf(feeds));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
    if (this.device === "webgpu") {
      await new Promise((resolve) => setTimeout(resolve, workerExitGraceMs));
    }
  }
}
