import assert from "node:assert/strict";
import {
  cudaLibraries,
  missingLibraries,
  openCudaLibraries,
  providerLibraries,
} from "../../src/cuda/libraries.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const nowhere = () => {
  throw new Error("cannot open shared object file");
};

Deno.test("all libraries are missing from an empty folder, unless the system has CUDA's", async () => {
  await using folder = await temporaryDirectory();
  const all = [...providerLibraries, ...cudaLibraries];
  assert.deepEqual(missingLibraries(`${folder.path}/`, nowhere), all);
  assert.deepEqual(missingLibraries(`${folder.path}/`, () => {}), [...providerLibraries]);
});

Deno.test("those in the folder are opened, each before what needs it, and are not missing", async () => {
  await using folder = await temporaryDirectory();
  const here = ["libcublas.so.13", "libcublasLt.so.13", "libonnxruntime_providers_cuda.so"];
  for (const name of here) await Deno.writeTextFile(`${folder.path}/${name}`, "");
  const opened: string[] = [];
  openCudaLibraries(`${folder.path}/`, (path) => opened.push(path));
  assert.deepEqual(opened, [
    `${folder.path}/libcublasLt.so.13`,
    `${folder.path}/libcublas.so.13`,
  ]);
  assert.deepEqual(missingLibraries(`${folder.path}/`, nowhere), [
    "libonnxruntime_providers_shared.so",
    "libcudart.so.13",
    "libcurand.so.10",
  ]);
});
