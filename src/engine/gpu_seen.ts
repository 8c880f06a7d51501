/**
 * GPU seen: whether this machine has a GPU at all. Where it has none `auto` need not try devices in vain,
 * nor take a software rasteriser, which computes right but slower than the CPU.
 *
 * The drivers' own libraries are asked, as Deno hides /dev and /sys from programs without all permissions.
 *
 * @module
 */

import { cudaDriver } from "../cuda/driver.ts";

/** A way to find out; it throws where the library is not there, or not ours to open. */
type Sign = () => boolean;

/** Whether the machine has a GPU; on systems other than Linux it is assumed to have one. */
export function gpuSeen(
  signs: readonly Sign[] = [nvidiaDevice, renderNode],
  os: string = Deno.build.os,
): boolean {
  return os !== "linux" || signs.some(shows);
}

function shows(sign: Sign): boolean {
  try {
    return sign();
  } catch {
    return false; // absent, or not ours to use: either way no device for us
  }
}

/** A device that NVIDIA's driver counts. */
function nvidiaDevice(): boolean {
  return cudaDriver().devices.length > 0;
}

const MOST_DEVICES = 16;
/** Where `drmDevice` of xf86drm.h has its `available_nodes`, and the bit of a node to render through. */
const [AVAILABLE_NODES, RENDER] = [8, 1 << 2];

/** A device of any maker that can be rendered through, which a mere display cannot. */
function renderNode(): boolean {
  const { symbols: { drmGetDevices2, drmFreeDevices } } = Deno.dlopen("libdrm.so.2", {
    drmGetDevices2: { parameters: ["u32", "buffer", "i32"], result: "i32" },
    drmFreeDevices: { parameters: ["buffer", "i32"], result: "void" },
  });
  const devices = new BigUint64Array(MOST_DEVICES);
  const count = drmGetDevices2(0, devices, devices.length);
  if (count <= 0) return false;
  const found = [...devices.subarray(0, count)].some((address) => {
    const device = Deno.UnsafePointer.create(address);
    return device !== null &&
      (new Deno.UnsafePointerView(device).getInt32(AVAILABLE_NODES) & RENDER) !== 0;
  });
  drmFreeDevices(devices, count);
  return found;
}
