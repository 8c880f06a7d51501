/**
 * How much a server takes on at a time, for how long, and how it says that it is too much. Everything
 * that callers can make it hold has its bound here.
 *
 * @module
 */

import { help, integer, oneOf } from "./settings_readers.ts";

/** The settings of admission. */
export function admissionSettings() {
  return {
    maxQueue: integer(1, 2 ** 24).default(8_192).register(help, {
      value: "N",
      description: "completions that can wait; a request beyond is answered 503",
    }),
    maxQueueTokens: integer(1, 2 ** 32).default(4_194_304).register(help, {
      value: "N",
      description: "tokens that can wait before requests are answered 503",
    }),
    deadlineMs: integer(0, 86_400_000).default(120_000).register(help, {
      value: "MS",
      description:
        "time of a request before it is answered 504, and the most that its x-abacus-deadline-ms may " +
        "ask; 0 for no limit",
    }),
    // What a protocol's own server says for overload (TEI: 429) stays.
    overloadStatus: oneOf("503", "429").default("503").register(help, {
      value: "CODE",
      description:
        "status of an answer that says there are too many requests: 503, or 429, after which some " +
        "clients (verl's) do not try again",
    }),
    // Not --cache, which is a folder of converted weights.
    cacheMb: integer(0, 2 ** 20).default(0).register(help, {
      value: "N",
      description:
        "memory for the answers of completions, in units of 1,000,000 bytes, so that the same one is " +
        "computed once; 0 keeps none (--cache is for weights)",
    }),
    maxBodyMb: integer(1, 1024).default(10).register(help, {
      value: "N",
      description:
        "size of a request's body in units of 1,000,000 bytes; a larger one is answered 413",
    }),
    maxBodiesMb: integer(1, 2 ** 20).default(512).register(help, {
      value: "N",
      description:
        "size of all bodies that are held at once, decompressed, in units of 1,000,000 bytes; a " +
        "request beyond is answered 503",
    }),
  };
}
