import assert from "node:assert/strict";
import { isOutOfMemory } from "../../src/engine/out_of_memory.ts";
import { AbacusError } from "../../src/errors.ts";

/** As the sources of onnxruntime, CUDA, Dawn and V8 have them. */
const said = [
  "Non-zero status code returned while running MatMul node. Name:'' Status Message: std::bad_alloc",
  "bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, Stream*) " +
  "Failed to allocate memory for requested buffer of size 34359738368",
  "Available memory of 1048576 is smaller than requested bytes of 34359738368",
  "CUDA failure 2: out of memory ; GPU=0 ; hostname=h ; file=cuda_allocator.cc ; line=70",
  "CUDA_ERROR_OUT_OF_MEMORY",
  "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
  "vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY",
  "Failed to create buffer: Out of memory",
  "Array buffer allocation failed",
];

for (const words of said) {
  Deno.test(`memory did not suffice: ${words.slice(0, 70)}`, () => {
    assert.ok(isOutOfMemory(new Error(words)));
    const wrapped = new AbacusError("model_failure", "Cannot run", { cause: new Error(words) });
    assert.ok(isOutOfMemory(wrapped));
  });
}

Deno.test("other failures say nothing of memory", () => {
  const others = [
    "Cannot use a logit that is not finite: received NaN",
    "Non-zero status code returned while running Gather node. indices element out of data bounds",
    "CUDA failure 700: an illegal memory access was encountered",
    "CUBLAS_STATUS_NOT_INITIALIZED",
  ];
  for (const words of others) assert.ok(!isOutOfMemory(new Error(words)), words);
  assert.ok(!isOutOfMemory("bad_alloc") && !isOutOfMemory(undefined));
});
