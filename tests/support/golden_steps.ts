/**
 * tests/golden/steps, made by tests/oracle/steps.py: process reward models, and what they say of the steps of
 * texts.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ScoreSample } from "../../src/scorer/scored.ts";

const golden = z.object({
  cases: z.array(z.object({
    /** Settings that the model is loaded with, beside its own. */
    settings: z.object({ stepAt: z.string().optional(), stepMark: z.string().optional() }),
    prompt: z.string().optional(),
    messages: z.array(z.object({ role: z.string(), content: z.string() })).optional(),
    completion: z.string(),
    steps: z.array(z.tuple([z.int(), z.int()])).optional(),
    /** What the model reads, and where the steps of it end. */
    ids: z.array(z.int()),
    ends: z.array(z.int()),
    scores: z.array(z.number()),
  })),
});

/** One way to write a text, and what the model says of its steps. */
export type StepCase = z.output<typeof golden>["cases"][number];

/** The directory of a model. */
export function stepsDirectory(name: string): string {
  return fileURLToPath(new URL(`../golden/steps/${name}`, import.meta.url));
}

/** The directories of all of them, those of classes with their logits alone included. */
export function stepModelDirectories(): readonly string[] {
  const classes = stepsDirectory("classes");
  return [stepsDirectory("."), classes].flatMap((folder) =>
    [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name))
  ).filter((path) => path !== classes);
}

/** The cases of a model. */
export function stepCases(name: string): readonly StepCase[] {
  const text = readFileSync(join(stepsDirectory(name), "steps.json"), "utf-8");
  return golden.parse(JSON.parse(text)).cases;
}

/** A case as a sample. */
export function sampleOf({ prompt, messages, completion, steps }: StepCase): ScoreSample {
  return messages === undefined
    ? { kind: "plain", prompt: prompt ?? "", completion, steps }
    : { kind: "chat", messages, completion, steps };
}
