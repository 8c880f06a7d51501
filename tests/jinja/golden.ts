/**
 * The golden files of tests/oracle/jinja.py, and how a case of them is held to this engine.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import {
  EngineFailure,
  PythonFailure,
  RaisedByTemplate,
  SyntaxFailure,
} from "../../src/jinja/failure.ts";
import { fromJson } from "../../src/jinja/from_json.ts";
import { Template } from "../../src/jinja/template.ts";
import { Callable, Dict, type Value } from "../../src/jinja/values.ts";
import { strftime } from "../../src/text/strftime.ts";

const outcome = z.union([
  z.object({ text: z.string() }),
  z.object({ raises: z.string(), message: z.string() }),
]);

/** A generated template with what became of it in Python. */
export const generatedCase = z.intersection(
  z.object({ seed: z.number(), source: z.string() }),
  outcome,
);

const generated = z.object({ cases: z.array(generatedCase) });

const published = z.object({
  moment: z.string(),
  conversations: z.array(z.array(z.record(z.string(), z.unknown()))),
  templates: z.array(z.object({
    name: z.string(),
    source: z.string(),
    outcomes: z.array(outcome),
  })),
});

/** What became of a template in Python. */
export type Outcome = z.infer<typeof outcome>;

/** The variables of the generated templates. Python's JSON tells floats by their point. */
export function generatedVariables(): [string, Value][] {
  const source = /"data":(\{.*?\}),"cases":/s.exec(text("generated"))?.[1] ?? "{}";
  return Object.entries(parseLikePython(source) as object).map(([name, value]) => [
    name,
    withFloats(value),
  ]);
}

/** The generated cases. */
export function generatedCases(): z.infer<typeof generated>["cases"] {
  return generated.parse(JSON.parse(text("generated"))).cases;
}

/** The published templates with the conversations they were rendered with. */
export function publishedTemplates(): z.infer<typeof published> {
  return published.parse(JSON.parse(text("published")));
}

/** The variables that transformers gives to a template with a conversation. */
export function chatVariables(messages: unknown, moment: Date): [string, Value][] {
  const now = new Callable(
    "strftime_now",
    ({ positional: [format] }) => strftime(moment, String(format)),
  );
  return [
    ["bos_token", "<s>"],
    ["eos_token", "</s>"],
    ["pad_token", "<pad>"],
    ["messages", fromJson(messages)],
    ["tools", null],
    ["documents", null],
    ["add_generation_prompt", false],
    ["strftime_now", now],
  ];
}

/** What becomes of a template here, in the words of the oracle. */
export function outcomeHere(source: string, variables: [string, Value][]): Outcome {
  try {
    return { text: new Template(source).render(variables) };
  } catch (failure) {
    const message = String((failure as Error).message);
    if (failure instanceof SyntaxFailure) return { raises: "syntax", message };
    if (failure instanceof RaisedByTemplate) return { raises: "raised", message };
    if (failure instanceof PythonFailure) return { raises: failure.pythonName, message };
    if (failure instanceof EngineFailure) return { raises: "engine", message };
    throw failure;
  }
}

/** Holds an outcome here to the one in Python: the text, or that there is none. */
export function compareOutcomes(here: Outcome, there: Outcome, context: string): void {
  if ("text" in there) assert.deepEqual(here, { text: there.text }, context);
  else if ("text" in here) assert.fail(`${context}\nraises ${there.raises}: ${there.message}`);
}

function text(name: string): string {
  const url = new URL(`../golden/jinja/${name}.json.gz`, import.meta.url);
  return gunzipSync(readFileSync(url)).toString("utf-8");
}

/** A number of JSON with its text, by which Python tells floats from whole numbers. */
class WrittenNumber {
  constructor(readonly source: string) {}
}

function parseLikePython(source: string): unknown {
  const revive = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? new WrittenNumber(context?.source ?? String(value)) : value;
  return JSON.parse(source, revive as (key: string, value: unknown) => unknown);
}

function withFloats(value: unknown): Value {
  if (value instanceof WrittenNumber) {
    return /[.e]/i.test(value.source) ? Number(value.source) : BigInt(value.source);
  }
  if (Array.isArray(value)) return value.map(withFloats);
  if (typeof value !== "object" || value === null) return fromJson(value);
  return new Dict(Object.entries(value).map(([key, inner]) => [key, withFloats(inner)] as const));
}
