/**
 * A model directory means what transformers says: every score is that of transformers, or the directory
 * or the text is refused by an error that names the field. The directories are made by
 * tests/oracle/switched_directories.py, which explains them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { AbacusError } from "../../src/errors.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import type { ScoreSample } from "../../src/scorer/scored.ts";
import type { Message } from "../../src/text/sample.ts";
import { type SwitchedDirectory, writeSwitched } from "../support/switched_directory.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

/** What transformers makes of one input: a score, or why there is none. */
type Answer = { readonly score: number } | { readonly error: string };

type Input =
  & Answer
  & (
    | { readonly prompt: string; readonly completion: string }
    | { readonly prompt_ids: readonly number[]; readonly completion_ids: readonly number[] }
    | { readonly messages: readonly Message[]; readonly completion: string }
  );

/** What transformers makes of a directory. */
type Described =
  & SwitchedDirectory
  & ({ readonly inputs: readonly Input[] } | { readonly unusable: string });

const golden: { readonly directories: readonly Described[] } = JSON.parse(
  await Deno.readTextFile(new URL("../golden/switched_directories.json", import.meta.url)),
);

for (const [at, directory] of golden.directories.entries()) {
  Deno.test(`${nameOf(directory)}: the numbers of transformers, or the field (${at})`, async () => {
    await compare(directory);
  });
}

const python = slow === undefined ? await findPython(["torch", "transformers"]) : undefined;

testWhere({
  name: "300 directories with the numbers of transformers, or refused by field",
  missing: slow ?? (python === undefined ? "no Python with torch and transformers" : undefined),
  async fn(context) {
    const { stdout } = await new Deno.Command(python!, {
      args: ["tests/oracle/switched_directories.py", "300", "7"],
      stderr: "null",
    }).output();
    const [, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(lines.length, 300);
    for (const [at, line] of lines.entries()) {
      const directory: Described = JSON.parse(line);
      await context.step(`${nameOf(directory)} (${at})`, () => compare(directory));
    }
  },
});

function nameOf({ base, switches }: SwitchedDirectory): string {
  return `${base} with ${switches.join(", ")}`;
}

async function compare(directory: Described): Promise<void> {
  await using folder = await temporaryDirectory();
  await writeSwitched(directory, folder.path);
  const ours = await attempt(() => loadModel(folder.path, { device: "cpu", threads: 1 }));
  if (ours instanceof AbacusError) return expectRefusal(ours, directory);
  await using model = ours;
  assert.ok(
    !("unusable" in directory),
    `loaded, and transformers does not: ${unusable(directory)}`,
  );
  const scorer = createScorer(model, new Batcher(model.engine));
  const { completions } = await scorer.scoreEach({
    samples: directory.inputs.map(sampleOf),
    credit: { method: "uniform", beta: 0.8 },
    truncation: "none",
  });
  for (const [i, input] of directory.inputs.entries()) {
    const { prompt: _, ...shown } = { prompt: "", ...input };
    const scored = completions[i]!;
    if (scored instanceof AbacusError) expectRefusal(scored, directory, input);
    else {
      assert.ok("score" in input, `scored ${scored.score}: ${JSON.stringify(shown)}`);
      const tolerance = 1e-4 * Math.max(1, Math.abs(input.score));
      const apart = Math.abs(scored.score - input.score);
      assert.ok(apart <= tolerance, `received ${scored.score}: ${JSON.stringify(shown)}`);
    }
  }
}

function unusable(directory: Described): string {
  return "unusable" in directory ? directory.unusable : "";
}

/** What transformers reads may be refused only where a switch says so, and by the name of a field. */
function expectRefusal(
  { message, path }: AbacusError,
  directory: Described,
  input?: Input,
): void {
  const works = input === undefined ? "inputs" in directory : "score" in input;
  if (!works) return;
  assert.ok(directory.refusable, `refused, and transformers does not: ${message}`);
  const said = `${path ?? ""} ${message}`;
  assert.ok(directory.fields.some((field) => said.includes(field)), `names no field: ${said}`);
}

async function attempt<T>(work: () => Promise<T>): Promise<T | AbacusError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AbacusError) return error;
    throw error;
  }
}

function sampleOf(input: Input): ScoreSample {
  if ("prompt_ids" in input) {
    return { kind: "ids", promptIds: input.prompt_ids, completionIds: input.completion_ids };
  }
  const { completion } = input;
  return "messages" in input
    ? { kind: "chat", messages: input.messages, completion }
    : { kind: "plain", prompt: input.prompt, completion };
}
