/**
 * Driver: what NVIDIA's driver says of its GPUs, asked through its own two libraries.
 *
 * libcuda numbers GPUs as onnxruntime does, and as CUDA_VISIBLE_DEVICES leaves them; libnvidia-ml knows what is free
 * without taking memory of its own. They are compared by their PCI addresses.
 *
 * @module
 */

/** A GPU. */
export interface CudaDevice {
  readonly index: number;
  readonly name: string;
  readonly totalBytes: number;
  /** Undefined where libnvidia-ml is not there to tell. */
  readonly freeBytes: number | undefined;
}

/** What the driver says. */
export interface CudaDriver {
  /** As in `580.95.05`; undefined where libnvidia-ml is not there to tell. */
  readonly version: string | undefined;
  /** The newest CUDA that it can run, as in `13.0`. */
  readonly cuda: string;
  readonly devices: readonly CudaDevice[];
}

/**
 * Where the driver may be: by its name wherever the system's loader looks, which takes the permission to open
 * anything, or at the place where containers get it, which can be allowed by itself.
 */
const places = ["", "/usr/lib/x86_64-linux-gnu/", "/usr/lib64/"];

const cudaSymbols = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetPCIBusId: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

const nvmlSymbols = {
  nvmlInit_v2: { parameters: [], result: "i32" },
  nvmlSystemGetDriverVersion: { parameters: ["buffer", "u32"], result: "i32" },
  nvmlDeviceGetHandleByPciBusId_v2: { parameters: ["buffer", "buffer"], result: "i32" },
  nvmlDeviceGetMemoryInfo: { parameters: ["pointer", "buffer"], result: "i32" },
} as const;

/** Longest name or version that is read, in bytes with the zero behind it. */
const TEXT_BYTES = 128;

/**
 * Asks the driver.
 *
 * @throws {Error} where there is none, it is not ours to open, or it fails: the words say which
 */
export function cudaDriver(): CudaDriver {
  const cuda = openFirst("libcuda.so.1", cudaSymbols);
  expectSuccess("cuInit", cuda.cuInit(0));
  const number = new Int32Array(1);
  expectSuccess("cuDriverGetVersion", cuda.cuDriverGetVersion(number));
  const version = number[0]!; // as in 13000 for 13.0
  expectSuccess("cuDeviceGetCount", cuda.cuDeviceGetCount(number));
  const management = managementLibrary();
  return {
    version: management?.version,
    cuda: `${Math.floor(version / 1000)}.${Math.floor(version % 1000 / 10)}`,
    devices: Array.from({ length: number[0]! }, (_, index) => {
      const total = new BigUint64Array(1);
      expectSuccess("cuDeviceTotalMem", cuda.cuDeviceTotalMem_v2(total, index));
      const [name, address] = [new Uint8Array(TEXT_BYTES), new Uint8Array(TEXT_BYTES)];
      expectSuccess("cuDeviceGetName", cuda.cuDeviceGetName(name, TEXT_BYTES, index));
      expectSuccess("cuDeviceGetPCIBusId", cuda.cuDeviceGetPCIBusId(address, TEXT_BYTES, index));
      const freeBytes = management?.freeBytes(address);
      return { index, name: textOf(name), totalBytes: Number(total[0]), freeBytes };
    }),
  };
}

interface Management {
  readonly version: string;
  /** @param address the PCI address, ended by a zero */
  freeBytes(address: Uint8Array<ArrayBuffer>): number | undefined;
}

function managementLibrary(): Management | undefined {
  try {
    const nvml = openFirst("libnvidia-ml.so.1", nvmlSymbols);
    expectSuccess("nvmlInit", nvml.nvmlInit_v2());
    const version = new Uint8Array(TEXT_BYTES);
    expectSuccess("its version", nvml.nvmlSystemGetDriverVersion(version, TEXT_BYTES));
    return {
      version: textOf(version),
      freeBytes(address) {
        const handle = new BigUint64Array(1);
        if (nvml.nvmlDeviceGetHandleByPciBusId_v2(address, handle) !== 0) return undefined;
        const memory = new BigUint64Array(3); // total, free, used
        const device = Deno.UnsafePointer.create(handle[0]!);
        return nvml.nvmlDeviceGetMemoryInfo(device, memory) === 0 ? Number(memory[1]) : undefined;
      },
    };
  } catch {
    return undefined; // a driver may come without it; what is free is then not known
  }
}

function openFirst<const Symbols extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols>["symbols"] {
  const failures: unknown[] = [];
  for (const place of places) {
    try {
      return Deno.dlopen(place + name, symbols).symbols;
    } catch (error) {
      failures.push(error); // the first names the library as the system does
    }
  }
  throw failures[0];
}

function expectSuccess(what: string, code: number): void {
  if (code !== 0) throw new Error(`NVIDIA's driver answers ${what} with error ${code}`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
