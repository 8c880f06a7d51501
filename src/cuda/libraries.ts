/**
 * Libraries: the files that onnxruntime's CUDA provider consists of, and where they are looked for.
 *
 * npm's onnxruntime-node brings none of them. The provider of PyPI's onnxruntime-gpu of the same version is of the
 * same build, and takes CUDA 13's libraries; of another version it refuses to be loaded. All six lie beside the
 * runtime's own library, so that who may open that may open these, and no LD_LIBRARY_PATH is needed, with which
 * Deno starts no other program.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Files of the provider itself, which onnxruntime opens from its own folder alone. */
export const providerLibraries = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
] as const;

/** What the provider is linked to, each before those that need it; the system may have them elsewhere. */
export const cudaLibraries = [
  "libcudart.so.13",
  "libcublasLt.so.13",
  "libcublas.so.13",
  "libcurand.so.10",
] as const;

/** How the missing ones are brought. */
export const INSTALL_COMMAND = "deno task cuda:install";

/** The folder of the runtime's own library; one of a system that it has no CUDA for is a mere name. */
export function libraryFolder(): string {
  const entry = import.meta.resolve("onnxruntime-node");
  const { os, arch } = Deno.build;
  const machine = arch === "x86_64" ? "x64" : "arm64";
  return fileURLToPath(new URL(`../bin/napi-v6/${os}/${machine}/`, entry));
}

/** Opens a library by path or name; throws where it cannot. */
export type OpenLibrary = (path: string) => void;

const openLibrary: OpenLibrary = (path) => void Deno.dlopen(path, {});

/**
 * Opens CUDA's libraries that lie in the folder and keeps them open. The system's loader then takes each for the
 * one of that name which the provider asks for, wherever it would have looked itself.
 */
export function openCudaLibraries(folder = libraryFolder(), open = openLibrary): void {
  for (const name of cudaLibraries) {
    if (isThere(folder + name)) open(folder + name);
  }
}

/**
 * The files that are in none of the places where they would be found.
 *
 * @param open opens a library by its name alone, where the system's loader looks for it
 */
export function missingLibraries(folder = libraryFolder(), open = openLibrary): string[] {
  const absent = (name: string) => !isThere(folder + name);
  const unknown = (name: string) => {
    try {
      open(name);
      return false;
    } catch {
      return true;
    }
  };
  return [
    ...providerLibraries.filter(absent),
    ...cudaLibraries.filter((name) => absent(name) && unknown(name)),
  ];
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // not there, or not ours to look at
  }
}
