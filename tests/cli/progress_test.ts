import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { duration, grouped, startProgress } from "../../src/cli/progress.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

Deno.test("where nobody watches, a line comes every ten seconds with rate and time left", () => {
  const terminal = new RecordingTerminal();
  let now = 1_000;
  const progress = startProgress(terminal, {
    label: "scoring",
    unit: "rows",
    total: 3_000,
    from: 1_000,
    nowMs: () => now,
  });
  for (let done = 1_000; done <= 1_500; done += 25) {
    progress.update(done, { tokens: (done - 1_000) * 100 });
    now += 1_000;
  }
  progress.stop();
  assert.deepEqual(terminal.notes, [
    "scoring: 1,250 of 3,000 (41 %) rows, 25 rows/s, 2,500 tokens/s, 70 s left",
    "scoring: 1,500 of 3,000 (50 %) rows, 25 rows/s, 2,500 tokens/s, 60 s left",
  ]);
});

Deno.test("without a total there is no share and no time left", () => {
  const terminal = new RecordingTerminal();
  let now = 0;
  const progress = startProgress(terminal, { label: "pulling", unit: "files", nowMs: () => now });
  now = 10_000;
  progress.update(5);
  assert.deepEqual(terminal.notes, ["pulling: 5 files, 0.5 files/s"]);
});

Deno.test("where somebody watches, a bar is drawn and the cursor given back", () => {
  let drawn = "";
  const stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        drawn += chunk;
        done();
      },
    }),
    { isTTY: true, columns: 120 },
  ) as unknown as NodeJS.WriteStream;
  const terminal = Object.assign(new RecordingTerminal(), { interactive: true });
  let now = 0;
  const progress = startProgress(terminal, {
    label: "scoring",
    unit: "rows",
    total: 10,
    nowMs: () => now,
    stream,
  });
  now = 2_000;
  progress.update(5, { tokens: 100 });
  progress.stop();
  assert.match(
    drawn,
    /scoring █{12}░{12} 50% \| 5\/10 rows \| 2.5 rows\/s, 50 tokens\/s, 2 s left/,
  );
  assert.ok(
    drawn.endsWith("\x1B[?25h\n") || drawn.includes("\x1B[?25h"),
    "the cursor is shown again",
  );
  assert.deepEqual(terminal.notes, []);
});

Deno.test("counts have their thousands separated and small rates a decimal", () => {
  assert.deepEqual([1234567.8, 9.96, 0.04, 3].map(grouped), ["1,234,568", "10", "0", "3"]);
});

Deno.test("durations are told in the unit a person would use", () => {
  assert.deepEqual([-1, 0.2, 119, 121, 7_199, 7_260, 90_000].map(duration), [
    "0 s",
    "1 s",
    "119 s",
    "2 min",
    "2 h 0 min",
    "2 h 1 min",
    "25 h 0 min",
  ]);
});
