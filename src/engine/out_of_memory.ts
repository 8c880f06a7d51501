/**
 * Out of memory: the words by which runtimes and drivers say that an allocation failed. They have no code for
 * it; a batch of half the size may do.
 *
 * @module
 */

/** Each with who says it. */
const words: readonly RegExp[] = [
  /bad_alloc/, // the C++ library, through onnxruntime
  /Failed to allocate memory/i, // onnxruntime's arena
  /Available memory of \d+ is smaller than requested bytes/i, // the arena under a limit
  /CUDA(_ERROR_| error |.*: )out.of.memory/i, // CUDA's driver and runtime
  /CU(BLAS|DNN|SOLVER)_STATUS_(INTERNAL_ERROR_)?.*ALLOC/i, // CUDA's libraries
  /VK_ERROR_OUT_OF_(DEVICE|HOST)_MEMORY/, // Vulkan, through WebGPU
  /\bOut of memory\b/i, // Dawn, Direct3D, Metal
  /Array buffer allocation failed/, // V8
];

/** Whether an error, or one that caused it, says that memory did not suffice. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return words.some((each) => each.test(error.message)) || isOutOfMemory(error.cause);
}
