import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { startProgress } from "../../src/cli/progress.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

Deno.test("without an interactive terminal a line comes every ten seconds with rate and time left", () => {
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

Deno.test("on an interactive terminal a bar is drawn and the cursor given back", () => {
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
