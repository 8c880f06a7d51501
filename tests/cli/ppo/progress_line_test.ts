import assert from "node:assert/strict";
import { Writable } from "node:stream";
import {
  evaluationNote,
  startStepProgress,
  stepParts,
} from "../../../src/cli/ppo/progress_line.ts";
import { madeUpEvaluation, madeUpLine } from "../../ppo/report/made_up_run.ts";
import { RecordingTerminal } from "../recording_terminal.ts";

const step = (k: number, score: number) =>
  madeUpLine(k, { score_mean: score, kl: k / 2, tokens_per_second: 812.4 });

Deno.test("a step says its score and change, KL, speed and the time left", () => {
  assert.deepEqual(stepParts(step(3, 2.5), { total: 10, firstScore: 1.25, leftS: 150 }), [
    "score 2.50 (+1.25)",
    "KL 1.50",
    "812 tokens/s",
    "3 min left",
  ]);
  assert.equal(
    stepParts(step(3, 1), { total: 10, firstScore: 1.25, leftS: 1 })[0],
    "score 1.00 (-0.25)",
  );
});

Deno.test("what is not known is left out, and the last step has no time left", () => {
  const nothing = madeUpLine(1, {}, NaN);
  assert.deepEqual(stepParts(nothing, { total: 2, firstScore: NaN, leftS: NaN }), []);
  assert.equal(stepParts(step(2, 1), { total: 2, firstScore: 1, leftS: 0 }).length, 3);
});

Deno.test("where nobody watches, lines come five seconds apart, with the first step and the last", () => {
  const terminal = new RecordingTerminal();
  let now = 0;
  const progress = startStepProgress(terminal, { total: 6, nowMs: () => now });
  for (let k = 1; k <= 6; k++) {
    now += 2_000;
    progress.update(step(k, k - 2));
  }
  progress.stop();
  assert.deepEqual(terminal.notes, [
    "step 1/6, score -1.00 (+0.00), KL 0.50, 812 tokens/s, 10 s left",
    "step 4/6, score 2.00 (+3.00), KL 2.00, 812 tokens/s, 4 s left",
    "step 6/6, score 4.00 (+5.00), KL 3.00, 812 tokens/s",
  ]);
});

Deno.test("a resumed run counts its own pace and compares with its first step", () => {
  const terminal = new RecordingTerminal();
  let now = 50_000;
  const options = { total: 200, from: 100, firstScore: -2, nowMs: () => now };
  const progress = startStepProgress(terminal, options);
  now += 3_000;
  progress.update(step(101, 1));
  assert.deepEqual(terminal.notes, [
    "step 101/200, score 1.00 (+3.00), KL 50.50, 812 tokens/s, 5 min left",
  ]);
});

Deno.test("a first step without a score leaves the comparison to the next", () => {
  const terminal = new RecordingTerminal();
  let now = 0;
  const progress = startStepProgress(terminal, { total: 9, nowMs: () => now });
  for (const [k, score] of [[1, NaN], [2, 1], [3, 4]] as const) {
    now += 6_000;
    progress.update(step(k, score));
  }
  assert.deepEqual(terminal.notes.map((note) => /score [^,]*/.exec(note)?.[0]), [
    undefined,
    "score 1.00 (+0.00)",
    "score 4.00 (+3.00)",
  ]);
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
  const progress = startStepProgress(terminal, { total: 4, nowMs: () => now, stream });
  now = 2_000;
  progress.update(step(1, 1));
  now = 4_000;
  progress.update(step(2, 1.5));
  progress.stop();
  assert.match(
    drawn,
    /step 2\/4 █{6}░{6} \| score 1\.50 \(\+0\.50\) \| KL 1\.00 \| 812 tokens\/s \| 4 s left/,
  );
  assert.ok(drawn.includes("\x1B[?25h"), "the cursor is shown again");
  assert.deepEqual(terminal.notes, []);
});

Deno.test("an evaluation says its scores, KL and how many ended", () => {
  const line = { ...madeUpEvaluation(10, 1.25), eval_kl: -0.001, eval_ended_share: 0.8125 };
  assert.equal(
    evaluationNote(line),
    "evaluation after step 10: score 1.25, greedy 1.25, KL 0.00, 81 % ended",
  );
  assert.match(evaluationNote({ ...line, step: 0 }), /^evaluation before training: score 1\.25, /);
});

Deno.test("what rounds to nothing has no sign", () => {
  const line = madeUpLine(1, { score_mean: -0.001, kl: -0.0034, tokens_per_second: NaN });
  const context = { total: 1, firstScore: 0.0005, leftS: NaN };
  assert.deepEqual(stepParts(line, context), ["score 0.00 (+0.00)", "KL 0.00"]);
  assert.equal(stepParts(line, { ...context, firstScore: 0.02 })[0], "score 0.00 (-0.02)");
});
