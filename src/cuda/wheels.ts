/**
 * Wheels: the packages of PyPI that hold the libraries, pinned by the hash that pip would check.
 *
 * Only the libraries are taken out of them. cuDNN and cuFFT, 900 MB more, are opened by the provider on demand
 * alone, and no graph of ours has an operator that asks for them.
 *
 * @module
 */

/** One library in a wheel. */
export interface WheelLibrary {
  /** Its path in the wheel. */
  readonly path: string;
  readonly bytes: number;
}

/** A wheel. */
export interface Wheel {
  /** The package, as PyPI's index has it. */
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly libraries: readonly WheelLibrary[];
}

/** Where CUDA's wheels have their libraries. */
const CUDA = "nvidia/cu13/lib";

/** The wheels for Linux on x86-64, the one system that onnxruntime-node has CUDA for. */
export const wheels: readonly Wheel[] = [
  {
    name: "onnxruntime-gpu", // of the very version of onnxruntime-node in deno.json
    file: "onnxruntime_gpu-1.30.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    sha256: "4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa",
    bytes: 246_658_419,
    libraries: [
      { path: "onnxruntime/capi/libonnxruntime_providers_shared.so", bytes: 14_632 },
      { path: "onnxruntime/capi/libonnxruntime_providers_cuda.so", bytes: 272_049_904 },
    ],
  },
  {
    name: "nvidia-cuda-runtime",
    file: "nvidia_cuda_runtime-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
    bytes: 2_504_024,
    libraries: [{ path: `${CUDA}/libcudart.so.13`, bytes: 806_720 }],
  },
  {
    name: "nvidia-cublas",
    file: "nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl",
    sha256: "dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84",
    bytes: 444_289_903,
    libraries: [
      { path: `${CUDA}/libcublasLt.so.13`, bytes: 551_653_208 },
      { path: `${CUDA}/libcublas.so.13`, bytes: 57_282_152 },
    ],
  },
  {
    name: "nvidia-curand",
    file: "nvidia_curand-10.4.5.25-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529",
    bytes: 77_113_015,
    libraries: [{ path: `${CUDA}/libcurand.so.10`, bytes: 104_860_296 }],
  },
];
