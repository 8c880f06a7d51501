/**
 * Flags that several benchmarks have.
 *
 * @module
 */

import { help, integer, oneOf } from "../../src/settings_readers.ts";

/** Rounds, whose median counts. */
export function roundsFlag(usual: number) {
  return integer(1, 10_000).default(usual).register(help, {
    value: "N",
    description: "times that everything is measured; the median counts",
  });
}

/** The one workload, by its letter, that is measured. */
export function onlyFlag(...letters: string[]) {
  return oneOf(...letters).optional().register(help, {
    value: "LETTER",
    description: `one workload alone: ${letters.join(", ")}`,
    unset: "all",
  });
}

/** Threads of the processor. */
export function threadsFlag() {
  return integer(1, 1024).default(navigator.hardwareConcurrency).register(help, {
    value: "N",
    description: "threads of the processor",
  });
}
