import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { tinyModel } from "../model/tiny_model.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { abacus } from "./command_line.ts";
import { temporary } from "./temporary.ts";

const rows = [
  { id: 1, prompt: "the film", completion: " was good" },
  { id: 2, prompt: "the film", completions: [" was good", " was bad"] },
  { id: 3, prompt: 7, completion: "x" },
  { id: 4, prompt_ids: [1, 2], completion_ids: [3, 5] },
  { id: 5, prompt: "the ".repeat(40), completion: "film" },
];

function write(name: string, lines: readonly unknown[] = rows): string {
  const path = join(temporary(), name);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  Deno.writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : new TextEncoder().encode(text));
  return path;
}

function readLines(path: string) {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line));
}

async function score(input: string, output: string, ...flags: string[]) {
  await using model = await tinyModel();
  return await abacus(["score", input, output, "--model", model.path, "--threads=1", ...flags]);
}

Deno.test("score adds to each row its result, or its error", async () => {
  const input = write("in.jsonl");
  const output = join(temporary(), "out.jsonl");
  const { code, notes } = await score(input, output);
  assert.equal(code, 2, notes.join("\n"));
  const [one, several, bad, ids, long] = readLines(output);
  assert.deepEqual([one.id, one.prompt, one.rewards.length], [1, "the film", 2]);
  assert.deepEqual(one.offsets, [[1, 4], [5, 9]]);
  assert.ok(Math.abs(one.rewards[0] + one.rewards[1] - one.score) < 1e-5);
  assert.deepEqual(several.results[0].rewards.length, 2);
  assert.ok(Math.abs(several.results[0].score - one.score) < 1e-4);
  assert.deepEqual([bad.id, bad.error.kind, bad.error.path], [3, "invalid_request", "prompt"]);
  assert.deepEqual(ids.token_ids, [3, 5]);
  assert.equal(long.error.kind, "too_long");
  assert.match(
    notes.at(-1) ?? "",
    /^scored 5 rows, 2 of them with an error \(such as: Cannot .*\)/,
  );
  assert.ok(!existsSync(`${output}.state.json`));
});

Deno.test("score gives the same from and to every format", async () => {
  const plain = rows.filter(({ id }) => id === 1 || id === 5);
  const input = write("in.jsonl", plain);
  const out = temporary();
  for (
    const [from, to] of [
      [input, "a.jsonl"],
      [write("in.jsonl.gz", plain), "b.jsonl"],
      [input, "c.parquet"],
    ] as const
  ) assert.equal((await score(from, join(out, to))).code, 2);
  const lines = Deno.readTextFileSync(join(out, "a.jsonl"));
  assert.equal(Deno.readTextFileSync(join(out, "b.jsonl")), lines);
  const file = await asyncBufferFromFile(join(out, "c.parquet"));
  const [first, second] = await parquetReadObjects({ file });
  const [one] = readLines(join(out, "a.jsonl"));
  assert.deepEqual([first?.["id"], first?.["score"], first?.["offsets"]], [
    1n,
    one.score,
    one.offsets,
  ]);
  assert.equal(second?.["error"].kind, "too_long");
  assert.ok(!existsSync(join(out, "c.parquet.rows.jsonl")));
  const back = await score(join(out, "c.parquet"), join(out, "d.jsonl"), "--prefix=again_");
  assert.equal(back.code, 2, back.notes.join("\n"));
  const [again] = readLines(join(out, "d.jsonl"));
  assert.deepEqual([again.score, again.again_score], [one.score, one.score]);
});

Deno.test("options change what is asked and written", async () => {
  const input = write("in.jsonl", [rows[0], rows[4]]);
  const out = temporary();
  const run = async (name: string, ...flags: string[]) => {
    const { code, notes } = await score(input, join(out, name), ...flags);
    assert.equal(code, name === "left.jsonl" ? 0 : 2, notes.join("\n"));
    return readLines(join(out, name));
  };
  const [scored] = await run("scores.jsonl", "--no-tokens");
  assert.deepEqual(Object.keys(scored).slice(3), ["score", "truncated"]);
  const [terminal] = await run("terminal.jsonl", "--method=terminal");
  assert.deepEqual(terminal.rewards, [0, terminal.score]);
  const [, cut] = await run("left.jsonl", "--truncate=left");
  assert.equal(cut.truncated, true);
  const [packed] = await run("base64.jsonl", "--encoding=base64");
  assert.equal(typeof packed.rewards, "string");
});

Deno.test("a run that is asked to stop says how to go on, and goes on to the same bytes", async () => {
  const lines = Array.from({ length: 300 }, (_, id) => ({
    id,
    prompt: "the film was good the film was bad",
    completion: " good".repeat(1 + id % 7),
  }));
  const input = write("in.jsonl", lines);
  const [whole, broken] = [join(temporary(), "out.jsonl"), join(temporary(), "out.jsonl")];
  await using model = await tinyModel();
  const run = (output: string, signal?: AbortSignal, onNote?: (line: string) => void) =>
    abacus(
      ["score", input, output, "--model", model.path, "--threads=1", "--max-batch-tokens=300"],
      { ...(signal ? { signal } : {}), ...(onNote ? { onNote } : {}) },
    );
  assert.equal((await run(whole)).code, 0);
  const stop = new AbortController();
  const stopped = await run(broken, stop.signal, () => stop.abort("SIGINT"));
  assert.equal(stopped.code, 130);
  assert.match(
    stopped.notes.at(-1) ?? "",
    /^stopped after \d+ of 300 rows; the same command resumes/,
  );
  assert.ok(existsSync(`${broken}.state.json`));
  const resumed = await run(broken);
  assert.equal(resumed.code, 0);
  assert.equal(Deno.readTextFileSync(broken), Deno.readTextFileSync(whole));
  const again = await run(broken);
  assert.equal(again.code, 64);
  assert.match(again.notes[0] ?? "", /the output exists already \(--fresh replaces it\)/);
});

Deno.test("what cannot be scored as a whole is an error before anything is written", async (t) => {
  const input = write("in.jsonl");
  const cases: Record<string, [flags: string[], message: RegExp]> = {
    "an unknown method": [["--method=abd"], /bad_usage: Cannot .*abc/],
    "base64 in Parquet": [
      ["--encoding=base64"],
      /bad_usage: Cannot score as Parquet stores numbers/,
    ],
    "a label that is not there": [["--score=nice"], /bad_usage: Cannot use --score/],
    "a number type that there is not": [
      ["--dtype=int4"],
      /bad_usage: .*one of auto, float32, float16, bfloat16, int8/,
    ],
  };
  for (const [name, [flags, message]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const output = join(temporary(), "out.parquet");
      const { code, notes } = await score(input, output, ...flags);
      assert.equal(code, 64);
      assert.match(notes.at(-1) ?? "", message);
      assert.ok(!existsSync(output));
    });
  }
});

Deno.test("an input that would be written is refused and stays, also with --fresh", async () => {
  const folder = temporary();
  const text = `${JSON.stringify(rows[0])}\n`;
  const input = join(folder, "out.parquet.rows.jsonl");
  Deno.writeTextFileSync(input, text);
  Deno.linkSync(input, join(folder, "twin.jsonl"));
  for (const name of ["out.parquet", "twin.jsonl"]) {
    const { code } = await score(input, join(folder, name), "--fresh");
    assert.equal(code, 64);
    assert.equal(Deno.readTextFileSync(input), text);
  }
});

Deno.test("an input that loses rows while it is scored is an error, not a shorter output", async () => {
  const input = write("in.jsonl", Array.from({ length: 3 }, () => rows[0]));
  const output = join(temporary(), "out.jsonl");
  await using model = await tinyModel();
  const { code, notes } = await abacus(
    ["score", input, output, "--model", model.path, "--threads=1"],
    { onNote: () => Deno.writeTextFileSync(input, `${JSON.stringify(rows[0])}\n`) },
  );
  assert.equal(code, 64, notes.join("\n"));
  assert.match(notes.at(-1) ?? "", /lost rows while it was scored: received 1 of 3 rows in .*in/);
});

Deno.test("score tells where each score was read, under the flags that decide it", async () => {
  const input = write("in.jsonl", [rows[0]]);
  const flags = ["--model", goldenDirectory("gpt2"), "--threads=1", "--fresh"];
  const read = async (...more: string[]) => {
    const output = join(temporary(), "out.jsonl");
    const { code, notes } = await abacus(["score", input, output, ...flags, ...more]);
    assert.equal(code, 0, notes.join("\n"));
    return readLines(output)[0].read_at;
  };
  const open = await read();
  const closed = { position: open.position + 1, token_id: 2 };
  assert.deepEqual(await read("--append-eos"), closed);
  assert.deepEqual(await read("--append-eos", "--pool-at", "</s>"), closed);
  assert.deepEqual(await read("--append-eos", "--pool-at=<s>"), { position: 0, token_id: 1 });
  const output = join(temporary(), "out.parquet");
  assert.equal((await abacus(["score", input, output, ...flags])).code, 0);
  const [row] = await parquetReadObjects({ file: await asyncBufferFromFile(output) });
  assert.deepEqual(row?.["read_at"], open);
});
