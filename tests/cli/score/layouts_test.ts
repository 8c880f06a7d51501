/**
 * Rows of other trainers through the whole of `score`, against the scores of transformers
 * (`tests/oracle/rows_layouts.py`).
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { layouts, layoutsOf } from "../../../src/cli/score/layouts.ts";
import { abacus } from "../command_line.ts";
import { temporary } from "../temporary.ts";

const golden = fileURLToPath(new URL("../../golden/", import.meta.url));
const { cases, chat_template, model } = JSON.parse(
  await Deno.readTextFile(join(golden, "rows/layouts.json")),
);

/** The golden model with the chat template of the cases. */
async function modelDirectory(): Promise<string> {
  const from = join(golden, "models", model);
  const directory = temporary();
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(join(from, name), join(directory, name));
  }
  const config = JSON.parse(await Deno.readTextFile(join(from, "tokenizer_config.json")));
  const text = JSON.stringify({ ...config, chat_template });
  await Deno.writeTextFile(join(directory, "tokenizer_config.json"), text);
  return directory;
}

const directory = await modelDirectory();

async function score(input: string, output: string, ...flags: string[]) {
  const common = ["--model", directory, "--threads=1", "--no-tokens", ...flags];
  return await abacus(["score", input, output, ...common]);
}

async function scoreText(text: string, ...flags: string[]) {
  const [input, output] = [join(temporary(), "in.jsonl"), join(temporary(), "out.jsonl")];
  await Deno.writeTextFile(input, text);
  const { code, notes } = await score(input, output, ...flags);
  const lines = (await Deno.readTextFile(output)).trimEnd().split("\n");
  return { code, notes, lines };
}

/** The scores that a row gained, in order. */
function scoresOf(gained: Record<string, unknown>): number[] {
  const { score, results, chosen_score, rejected_score } = gained;
  if (Array.isArray(results)) return results.map((each) => each.score);
  return (score === undefined ? [chosen_score, rejected_score] : [score]) as number[];
}

Deno.test("rows of every trainer have the scores of transformers, and come back as they were", async (t) => {
  const text = cases.map(({ row }: { row: string }) => `${row}\n`).join("");
  const { code, notes, lines } = await scoreText(text);
  assert.equal(code, 0, notes.join("\n"));
  assert.match(notes[0] ?? "", /^rows: prompt with completion, as in TRL \(prompt, completion; /);
  for (const [i, { name, row, scores }] of cases.entries()) {
    await t.step(name, () => {
      const line = lines[i] ?? "";
      assert.ok(line.startsWith(row.slice(0, -1)), line);
      const gained = JSON.parse(`{${line.slice(row.length)}`);
      const read = scoresOf(gained);
      assert.equal(read.length, scores.length, line);
      for (const [k, score] of scores.entries()) {
        assert.ok(Math.abs((read[k] ?? NaN) - score) < 1e-5, `${read[k]} and not ${score}`);
      }
    });
  }
  const pairs = cases.filter(({ row }: { row: string }) => row.includes('"chosen"'));
  const margins = pairs.map(({ scores: [chosen, rejected] }: { scores: number[] }) =>
    chosen! - rejected!
  );
  const right = margins.filter((margin: number) => margin > 0).length;
  const mean = margins.reduce((sum: number, margin: number) => sum + margin, 0) / margins.length;
  assert.equal(
    notes.at(-2),
    `preferences: accuracy ${(right / margins.length).toFixed(3)} (${right} of ${margins.length} ` +
      `pairs), mean margin ${mean.toFixed(3)}`,
  );
});

Deno.test("rows in Parquet have the same scores, whatever Arrow adds to their messages", async (t) => {
  const files = {
    "verl.parquet": "verl, several responses to a prompt in messages",
    "messages.parquet": "TRL, a conversation",
  };
  for (const [file, name] of Object.entries(files)) {
    await t.step(file, async () => {
      const output = join(temporary(), "out.jsonl");
      const { code, notes } = await score(join(golden, "rows", file), output);
      assert.equal(code, 0, notes.join("\n"));
      const { scores } = cases.find((each: { name: string }) => each.name === name);
      const read = scoresOf(JSON.parse(await Deno.readTextFile(output)));
      assert.equal(read.length, scores.length);
      for (const [i, score] of scores.entries()) assert.ok(Math.abs(read[i]! - score) < 1e-5);
    });
  }
});

Deno.test("the same rows become Parquet without the loss of a digit", async () => {
  const [input, output] = [join(temporary(), "in.jsonl"), join(temporary(), "out.parquet")];
  const kept = cases.slice(0, 2).map(({ row }: { row: string }) => `${row}\n`).join("");
  await Deno.writeTextFile(input, kept);
  assert.equal((await score(input, output)).code, 0);
  const [first, second] = await parquetReadObjects({ file: await asyncBufferFromFile(output) });
  assert.deepEqual([first?.["id"], first?.["uid"]], [2n ** 53n + 1n, 2n ** 64n - 1n]);
  assert.ok(Number.isNaN(second?.["old_reward"]));
  const back = join(temporary(), "back.jsonl");
  assert.equal((await score(output, back, "--prefix=again_")).code, 0);
  const [line = ""] = (await Deno.readTextFile(back)).split("\n");
  assert.match(line, /^\{"id":9007199254740993,"uid":18446744073709551615,"prompt":"a",/);
});

Deno.test("a pair's columns have their types in Parquet", async () => {
  const [input, output] = [join(temporary(), "in.jsonl"), join(temporary(), "out.parquet")];
  await Deno.writeTextFile(input, '{"prompt":"a","chosen":"b","rejected":"c"}\n{"prompt":"a"}\n');
  assert.equal((await score(input, output)).code, 2);
  const [pair, bad] = await parquetReadObjects({ file: await asyncBufferFromFile(output) });
  assert.ok(Math.abs(pair?.["chosen_score"] - pair?.["rejected_score"] - pair?.["margin"]) < 1e-9);
  assert.equal(pair?.["accurate"], pair?.["margin"] > 0);
  assert.match(bad?.["error"].message, /no answer beside 'prompt'/);
});

Deno.test("the exit code tells that some rows failed, or all", async () => {
  const [good, bad] = ['{"prompt":"a","completion":"b"}\n', '{"id":5,"prompt":"a","response":7}\n'];
  const some = await scoreText(`${good}${bad}{"id":\n`);
  assert.equal(some.code, 2);
  const errors = some.lines.map((line) => JSON.parse(line));
  assert.deepEqual([errors[1].id, errors[1].error.path], [5, "response"]);
  assert.deepEqual([errors[2].error.line, errors[2].error.kind], [3, "invalid_request"]);
  const all = await scoreText(bad);
  assert.equal(all.code, 3);
  assert.match(all.notes[0] ?? "", /^rows: none of the first 1 can be read, such as: .*response/);
  assert.equal((await scoreText("")).code, 0);
});

Deno.test("flags name the columns in place of those that are recognised", async (t) => {
  const plain = cases.find(({ name }: { name: string }) => name === "prompt and response");
  const chat = cases.find(({ name }: { name: string }) => name === "TRL, a conversation");
  const messages = [{ role: "user", content: "Hi" }];
  const whole = [...messages, { role: "assistant", content: "x" }];
  const runs: [string, object, string[], scores: number[]][] = [
    ["both", { q: "a", r: "b", prompt: "z", completion: "z" }, [
      "--prompt-column=q",
      "--completion-column=r",
    ], plain.scores],
    [
      "the completion",
      { prompt: "a", r: "b", response: "z" },
      ["--completion-column=r"],
      plain.scores,
    ],
    ["the prompt", { q: "a", response: "b" }, ["--prompt-column=q"], plain.scores],
    ["a prompt in messages", { q: messages, response: "x" }, ["--prompt-column=q"], chat.scores],
    ["messages", { chat: messages, completion: "x" }, ["--messages-column=chat"], chat.scores],
    ["a conversation", { chat: whole, prompt: "z" }, ["--messages-column=chat"], chat.scores],
    ["a conversation as completion", { chat: whole }, ["--completion-column=chat"], chat.scores],
    ["one that competes", { prompt: "a", response: "z", answer: "b" }, [
      "--completion-column=answer",
    ], plain.scores],
  ];
  for (const [name, row, flags, scores] of runs) {
    await t.step(name, async () => {
      const { code, lines: [line = ""], notes } = await scoreText(
        `${JSON.stringify(row)}\n`,
        ...flags,
      );
      assert.equal(code, 0, `${line} ${notes}`);
      const [score] = scoresOf(JSON.parse(line));
      assert.ok(Math.abs(score! - scores[0]!) < 1e-5, `${score} and not ${scores[0]}`);
    });
  }
});

Deno.test("flags that name no column, or two for one thing, are wrong usage before any work", async () => {
  const input = join(temporary(), "in.jsonl");
  await Deno.writeTextFile(input, '{"question":"a","answer":"b"}\n');
  const output = join(temporary(), "out.jsonl");
  const misspelt = await score(input, output, "--prompt-column=qestion");
  assert.equal(misspelt.code, 64);
  assert.match(
    misspelt.notes[0] ?? "",
    /did you mean 'question'\?\): received --prompt-column qestion$/,
  );
  const both = await score(input, output, "--prompt-column=question", "--messages-column=answer");
  assert.equal(both.code, 64);
  assert.match(both.notes[0] ?? "", /the prompt is in one column/);
});

Deno.test("a layout has a name, and a prompt or an answer to recognise it by", () => {
  for (const { name, prompt, answer, pair } of [...layouts, ...layoutsOf({ messages: "chat" })]) {
    assert.ok(name !== "" && (answer ?? pair ?? []).length > 0, name);
    assert.ok(prompt === undefined || !(answer ?? pair ?? []).includes(prompt), name);
  }
});
