import assert from "node:assert/strict";
import { join } from "node:path";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { openInput, openOutput } from "../../../src/cli/score/files.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";
import { rowOf, torn } from "./rows.ts";

async function refuses(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AbacusError && error.kind === "bad_usage", String(error));
    assert.match(error.message, message);
    return true;
  });
}

async function folder(): Promise<string> {
  const path = temporary();
  await Deno.writeTextFile(join(path, "in.jsonl"), '{"prompt":"a","completion":"b"}\n');
  return path;
}

Deno.test("the format of an input follows from its name", async () => {
  const path = await folder();
  for (const name of ["in.jsonl", "in.ndjson"]) {
    await Deno.writeTextFile(join(path, name), '{"prompt":"a"}\n');
    const { survey, parquet } = await openInput(join(path, name));
    assert.deepEqual([survey, parquet], [{ rows: 1, columns: ["prompt"] }, false]);
  }
});

Deno.test("an input that is not there, no file or of an unknown format is refused", async () => {
  const path = await folder();
  await Deno.writeTextFile(join(path, "in.csv"), "");
  await refuses(() => openInput(join(path, "none.jsonl")), /there is no such input: received/);
  await refuses(() => openInput(path), /the input must be a file/);
  await refuses(
    () => openInput(join(path, "in.csv")),
    /must end in \.jsonl, \.jsonl\.gz or \.parquet/,
  );
});

Deno.test("an output of an unknown format, or that is the input, is refused", async () => {
  const path = await folder();
  const input = await openInput(join(path, "in.jsonl"));
  const open = (name: string) => openOutput(join(path, name), { input, prefix: "" });
  await refuses(() => open("out.jsonl.gz"), /a file to write must end in \.jsonl or \.parquet/);
  await refuses(() => open("out.csv"), /a file to write must end in/);
  await refuses(() => open("in.jsonl"), /input and output are the same file/);
  await Deno.symlink(join(path, "in.jsonl"), join(path, "alias.jsonl"));
  await refuses(() => open("alias.jsonl"), /input and output are the same file/);
  await Deno.link(join(path, "in.jsonl"), join(path, "twin.jsonl"));
  await refuses(() => open("twin.jsonl"), /input and output are the same file/);
});

Deno.test("an output of which a file beside it is the input is refused, by any of its names", async () => {
  const path = await folder();
  const first = join(path, "in.jsonl");
  const beside: Record<string, string[]> = {
    "out.parquet": [".rows.jsonl", ".rows.jsonl.state.json", ".rows.jsonl.state.json.new", ".new"],
    "out.jsonl": [".state.json", ".state.json.new"],
  };
  for (const [output, endings] of Object.entries(beside)) {
    for (const ending of endings) {
      const name = join(path, `${output}${ending}`);
      for (const make of [Deno.link, Deno.symlink]) {
        await make(first, name);
        const input = await openInput(name.endsWith(".jsonl") ? name : first);
        const open = () => openOutput(join(path, output), { input, prefix: "" });
        await refuses(
          open,
          /the input is a file that is written beside the output: received .*out/,
        );
        await Deno.remove(name);
      }
    }
  }
});

Deno.test("JSON Lines are their own journal, Parquet has one beside it", async () => {
  const path = await folder();
  const input = await openInput(join(path, "in.jsonl"));
  const scored = { row: rowOf({ id: 1, text: "é" }), gained: { score: 2 } };
  const lines = await openOutput(join(path, "out.jsonl"), { input, prefix: "" });
  assert.equal(lines.journal, lines.path);
  assert.equal(lines.line(scored), '{"id":1,"text":"é","score":2}');
  assert.equal(lines.line({ row: torn(), gained: { error: {} } }), '{"error":{}}');
  const columns = await openOutput(join(path, "out.parquet"), { input, prefix: "" });
  assert.notEqual(columns.journal, columns.path);
  assert.equal(columns.line(scored), '{"score":2}');
});

Deno.test("an input with a column that may be added is refused at once, in every format", async () => {
  const path = await folder();
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData: [{ name: "score", data: [1.5] }] });
  await Deno.writeFile(join(path, "in.parquet"), new Uint8Array(writer.getBuffer()));
  await Deno.writeTextFile(join(path, "late.jsonl"), '{"a":1}\n{"a":2,"chosen_score":3}\n');
  for (const [from, column] of [["in.parquet", "score"], ["late.jsonl", "chosen_score"]] as const) {
    const input = await openInput(join(path, from));
    for (const to of ["out.parquet", "out.jsonl"]) {
      const out = join(path, to);
      const message = new RegExp(`--prefix .*: received ${column}$`);
      await refuses(() => openOutput(out, { input, prefix: "" }), message);
      await openOutput(out, { input, prefix: "rm_" });
    }
  }
});
