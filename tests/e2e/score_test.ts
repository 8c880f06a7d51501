import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { temporary } from "../cli/temporary.ts";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, Program } from "./program.ts";

const words = "the film was a delight and the acting wooden but the music rather good".split(" ");

/** Rows of many lengths, some of them bad, which take a second or two to score. */
function writeRows(): string {
  const path = join(temporary(), "in.jsonl");
  const lines = Array.from({ length: 3_000 }, (_, id) => {
    const text = Array.from({ length: 5 + id % 40 }, (_, i) => words[(id * 7 + i) % words.length]);
    if (id % 500 === 3) return JSON.stringify({ id, prompt: 1 });
    const [chosen, rejected] = [` ${text.join(" ")}`, ` ${text.toReversed().join(" ")}`];
    return id % 4 === 1
      ? JSON.stringify({ id, prompt: "A review:", chosen, rejected })
      : JSON.stringify({ id, prompt: "A review:", completion: ` ${text.join(" ")}` });
  });
  Deno.writeTextFileSync(path, lines.join("\n") + "\n");
  return path;
}

function start(input: string, output: string): Program {
  return new Program("score", [input, output, "--max-batch-tokens=512", "--threads=1"]);
}

async function finish(program: Program): Promise<void> {
  // Some rows are bad.
  assert.equal(await program.ended(), 2, program.notes);
}

/** Kills the run as soon as it has committed some rows, again and again. */
async function killAndResume(input: string, output: string): Promise<number> {
  let kills = 0;
  for (let committed = 0; kills < 3; kills++) {
    await using program = start(input, output);
    const lines = await committedBeyond(output, { program, lines: committed });
    if (lines === undefined) break;
    program.kill("SIGKILL");
    await program.ended();
    committed = lines;
  }
  await using last = start(input, output);
  await finish(last);
  assert.match(last.notes, /resuming after row [\d,]+ of 3,000/);
  return kills;
}

function journalOf(output: string): string {
  return output.endsWith(".parquet") ? `${output}.rows.jsonl` : output;
}

/** How many lines a run has committed, once they are more than `lines`; undefined if it ends. */
async function committedBeyond(
  output: string,
  { program, lines = 0 }: { program: Program; lines?: number },
): Promise<number | undefined> {
  const watcher = Deno.watchFs(dirname(output));
  let watching = true;
  const stop = () => {
    if (watching) watcher.close();
    watching = false;
  };
  void program.ended().then(stop);
  for await (const _ of watcher) {
    const committed = await committedLines(`${journalOf(output)}.state.json`);
    if (committed <= lines) continue;
    stop();
    return committed;
  }
  return undefined;
}

async function committedLines(path: string): Promise<number> {
  try {
    return JSON.parse(await Deno.readTextFile(path)).lines;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

for (const name of ["out.jsonl", "out.parquet"]) {
  testWhere({
    name: `a run that is killed again and again ends with the bytes of an unbroken one (${name})`,
    missing: modelMissing,
    async fn() {
      const input = writeRows();
      const [whole, broken] = [join(temporary(), name), join(temporary(), name)];
      await using unbroken = start(input, whole);
      await finish(unbroken);
      assert.ok(await killAndResume(input, broken) > 0);
      assert.deepEqual(await Deno.readFile(broken), await Deno.readFile(whole));
    },
  });
}

testWhere({
  name: "Ctrl-C finishes what is in flight, says how to go on, and ends with 130",
  missing: modelMissing,
  async fn() {
    const [input, output] = [writeRows(), join(temporary(), "out.jsonl")];
    await using program = start(input, output);
    await committedBeyond(output, { program });
    program.kill("SIGINT");
    assert.equal(await program.ended(), 130);
    const [, told = ""] = await program.noted(/stopped after ([\d,]+) of 3,000 rows; the same/);
    const lines = (await Deno.readTextFile(output)).trimEnd().split("\n");
    assert.equal(lines.length, Number(told.replace(",", "")));
    assert.deepEqual(lines.map((line) => JSON.parse(line).id), lines.map((_, id) => id));
  },
});
