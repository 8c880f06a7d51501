import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Journal, statePath } from "../../../src/cli/score/journal.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";

const fingerprint = { input: "abc", beta: "0.8" };

function place(): string {
  return join(temporary(), "out.jsonl");
}

function open(path: string, { fresh = false, marks = fingerprint }: {
  fresh?: boolean;
  marks?: Record<string, string>;
} = {}): Promise<Journal> {
  return Journal.open({ path, fingerprint: marks, fresh });
}

async function refuses(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AbacusError && error.kind === "bad_usage", String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a run that was interrupted goes on behind its last committed line", async () => {
  const path = place();
  {
    await using journal = await open(path);
    await journal.commit(["one", "two"], { errors: 1 });
  }
  await using journal = await open(path);
  assert.deepEqual([journal.lines, journal.counts], [2, { errors: 1 }]);
  await journal.commit(["three"], { errors: 1 });
  await journal.complete();
  assert.equal(await Deno.readTextFile(path), "one\ntwo\nthree\n");
  assert.ok(!existsSync(statePath(path)));
});

Deno.test("whatever a kill left behind the committed lines is cut off", async () => {
  const tail = fc.string({ maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), tail, async (lines, torn) => {
      const path = place();
      const texts = lines.map((line) => JSON.stringify(line));
      {
        await using journal = await open(path);
        await journal.commit(texts, {});
      }
      await Deno.writeTextFile(path, torn, { append: true });
      await using journal = await open(path);
      assert.equal(journal.lines, texts.length);
      await journal.commit(["end"], {});
      const read = (await Deno.readTextFile(path)).split("\n");
      assert.deepEqual(read, [...texts, "end", ""]);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a run resumes only as the run it was", async () => {
  const path = place();
  {
    await using journal = await open(path);
    await journal.commit(["one"], {});
  }
  await refuses(
    () => open(path, { marks: { input: "abc", beta: "0.5" } }),
    /another one: beta was 0.8 \(--fresh starts over\): received beta 0.5$/,
  );
  await refuses(
    () => open(path, { marks: { input: "abc", beta: "0.8", method: "red" } }),
    /method was not set .*received method red$/,
  );
  assert.equal(await Deno.readTextFile(path), "one\n");
});

Deno.test("a run that committed nothing may become another one", async () => {
  const path = place();
  {
    await using _journal = await open(path);
  }
  await using journal = await open(path, { marks: { other: "run" } });
  assert.equal(journal.lines, 0);
});

Deno.test("starting afresh throws the earlier lines away", async () => {
  const path = place();
  {
    await using journal = await open(path);
    await journal.commit(["one"], {});
  }
  await using journal = await open(path, { fresh: true, marks: { other: "run" } });
  assert.equal(journal.lines, 0);
  assert.equal(await Deno.readTextFile(path), "");
});

Deno.test("a file that no interrupted run left is not overwritten unasked", async () => {
  const path = place();
  await Deno.writeTextFile(path, "dear\n");
  await refuses(() => open(path), /the output exists already \(--fresh replaces it\)/);
  assert.equal(await Deno.readTextFile(path), "dear\n");
});

Deno.test("a file that lost committed bytes does not resume", async () => {
  const path = place();
  {
    await using journal = await open(path);
    await journal.commit(["one", "two"], {});
  }
  await Deno.truncate(path, 3);
  await refuses(() => open(path), /lost rows since/);
});

Deno.test("a damaged state file is named", async () => {
  const path = place();
  for (const state of ["", "{", '{"lines":-1}', "[]"]) {
    await Deno.writeTextFile(statePath(path), state);
    await refuses(() => open(path), /the state file is damaged .*out\.jsonl\.state\.json$/);
  }
});

Deno.test("two runs cannot write the same file", async () => {
  const path = place();
  await using journal = await open(path);
  await journal.commit(["one"], {});
  await refuses(() => open(path), /another run is writing to it/);
  await journal.commit(["two"], {});
  assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
});

Deno.test("a place that cannot be written to is named", async () => {
  const path = join(temporary(), "none", "out.jsonl");
  await refuses(() => open(path), /^Cannot write as .*received .*out\.jsonl$/);
});
