/**
 * Trainers' own clients: the Python environment that holds them, one question to one of them, and what a
 * server of Abacus says of the same texts by its own protocol.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { modelMissing } from "../e2e/program.ts";

/** Trainers have an environment of their own, as each wants other versions than the oracle's. */
const candidates = [Deno.env.get("ABACUS_TRAINERS_PYTHON"), ".venv-trainers/bin/python"];

/** The longest that a client may take, its imports included. */
const CLIENT_MS = 180_000;

/** An environment with a trainer, or why its test is skipped. */
export interface Trainer {
  readonly python: string;
  readonly missing: string | undefined;
}

/** Looks for the environment that holds a trainer's package. */
export async function findTrainer(name: string): Promise<Trainer> {
  const skipped = slow ?? modelMissing;
  const python = skipped === undefined ? await findPython([name], candidates) : undefined;
  const missing = skipped ?? (python === undefined ? `no Python with ${name}` : undefined);
  return { python: python ?? "", missing };
}

/** Runs a script of this directory, with a text to read, and parses its last line of output. */
export async function ask<T>(
  { python }: Trainer,
  script: string,
  args: readonly string[],
  input = "",
): Promise<T> {
  const command = new Deno.Command(python, {
    args: [fileURLToPath(new URL(script, import.meta.url)), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(CLIENT_MS),
  });
  const child = command.spawn();
  const writing = new Blob([input]).stream().pipeTo(child.stdin);
  const { stdout, stderr, success } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await writing;
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** The scores that `/v1/rewards` gives to items, one completion each. */
export async function nativeScores(
  url: string,
  items: readonly object[],
  key?: string,
): Promise<number[]> {
  const response = await fetch(`${url}/v1/rewards`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ items }),
  });
  const reply = await response.json();
  assert.equal(response.status, 200, JSON.stringify(reply));
  return reply.items.map((item: { completions: { score: number }[] }) =>
    item.completions[0]!.score
  );
}

/** Whether a trainer got those scores, to a rounding of float32, and none twice. */
export function assertScores(received: readonly number[], scores: readonly number[]): void {
  assert.equal(received.length, scores.length);
  assert.equal(new Set(scores).size, scores.length, "texts of equal scores prove nothing");
  for (const [i, score] of scores.entries()) {
    const distance = Math.abs(received[i]! - score);
    assert.ok(distance < 1e-6 * Math.max(1, Math.abs(score)), `${received[i]} against ${score}`);
  }
}
