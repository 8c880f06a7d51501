import assert from "node:assert/strict";
import { help, readWish } from "../../experiment/wish.ts";

Deno.test("the usual wish needs no more than the data", () => {
  const asked = readWish(["--data", "d"]);
  assert.ok(asked.show === "nothing");
  const { jobs, phases, scale, device, more, keep } = asked.wish;
  assert.deepEqual({ jobs, phases, scale, device, more, keep }, {
    jobs: 2,
    phases: ["main", "beta", "endless", "masked", "lengths"],
    scale: { steps: 100, seeds: 10 },
    device: "cpu",
    more: [],
    keep: false,
  });
});

Deno.test("words for the trainer are handed on one by one", () => {
  const asked = readWish(["--data", "d", "--trainer", " --learning-rate 1e-4  --epochs 2"]);
  assert.ok(asked.show === "nothing");
  assert.deepEqual(asked.wish.more, ["--learning-rate", "1e-4", "--epochs", "2"]);
});

Deno.test("the plan can be seen without data, and help names every word", () => {
  assert.equal(readWish(["--plan"]).show, "plan");
  assert.equal(readWish(["--help"]).show, "help");
  for (const word of ["--data", "--work", "--jobs", "--phase", "--port", "--keep", "--trainer"]) {
    assert.ok(help.includes(word));
  }
});

for (
  const [words, message] of [
    [[], /without --data/],
    [["--data", "d", "--jobs", "0"], /--jobs must be a whole number from 1: received '0'/],
    [["--data", "d", "--steps", "ten"], /--steps .* received 'ten'/],
    [["--data", "d", "--phase", "beta,x"], /received 'x'/],
    [["--data", "d", "--device", "auto"], /--device must be .* received 'auto'/],
    [["--dat", "d"], /Unknown option '--dat'/],
  ] as const
) {
  Deno.test(`a wrong word is named: ${words.join(" ")}`, () => {
    assert.throws(() => readWish(words), { kind: "bad_usage", message });
  });
}
