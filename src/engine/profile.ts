/**
 * Reads from onnxruntime's profile which provider ran the heavy nodes.
 *
 * @module
 */

import { z } from "zod";
import type { Device } from "./devices.ts";

const events = z.array(z.object({
  cat: z.string().optional(),
  args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }).optional(),
}));

/** Operators that do nearly all the arithmetic; shape arithmetic stays on the CPU on every device. */
const heavyOperators: ReadonlySet<string> = new Set([
  "Gemm",
  "MatMul",
  "FusedMatMul",
  "Softmax",
  "GroupQueryAttention",
]);

const providerNames: Readonly<Record<Device, string>> = {
  cpu: "CPUExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  cuda: "CUDAExecutionProvider",
};

/** The share of heavy nodes that ran on `device`, 0 to 1. */
export function heavyShare(profile: unknown, device: Device): number {
  const heavy = events.parse(profile).filter(({ cat, args }) =>
    cat === "Node" && args?.provider !== undefined && heavyOperators.has(args.op_name ?? "")
  );
  if (heavy.length === 0) return 0;
  const there = heavy.filter(({ args }) => args?.provider === providerNames[device]);
  return there.length / heavy.length;
}
