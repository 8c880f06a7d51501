/**
 * The table of commands. The file of a command is loaded when the command runs, so that each needs only
 * its own permissions, and the help is fast.
 *
 * @module
 */

import type { Command } from "./command.ts";

/** A command as the help lists it. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: "serve",
    summary: "answer reward requests over HTTP, with a page to try it",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "score",
    summary: "score a file of completions, JSON Lines or Parquet",
    load: async () => (await import("./score.ts")).score,
  },
  {
    name: "inspect",
    summary: "show what a model directory contains and supports",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    name: "pull",
    summary: "download a reward model from the hub",
    load: async () => (await import("./pull.ts")).pull,
  },
  {
    name: "ppo",
    summary: "train a language model with PPO on dense rewards from a server",
    load: async () => (await import("./ppo.ts")).ppo,
  },
  {
    name: "doctor",
    summary: "show which devices work here, and what to do about those that do not",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "install-cuda",
    summary: "bring what computing on NVIDIA's GPUs needs, from PyPI",
    load: async () => (await import("./install_cuda.ts")).installCudaCommand,
  },
];
