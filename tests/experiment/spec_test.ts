import assert from "node:assert/strict";
import { requestOf, task } from "../../experiment/spec.ts";
import { readFlags } from "../../src/cli/task.ts";

const readSpec = (words: readonly string[]) => requestOf(readFlags(task, words).flags);

Deno.test("only --data is required", () => {
  const request = readSpec(["--data", "d"]);
  assert.ok(request.action === "run");
  const { jobs, phases, scale, device, more, keep } = request.spec;
  assert.deepEqual({ jobs, phases, scale, device, more, keep }, {
    jobs: 2,
    phases: ["main", "beta", "endless", "masked", "lengths"],
    scale: { steps: undefined, seeds: 10 },
    device: "cpu",
    more: [],
    keep: false,
  });
});

Deno.test("a limit of time is in minutes; without it there is none", () => {
  const minutesOf = (...words: string[]) => {
    const request = readSpec(["--data", "d", ...words]);
    assert.ok(request.action === "run");
    return request.minutes;
  };
  assert.equal(minutesOf(), Infinity);
  assert.equal(minutesOf("--minutes", "90"), 90);
});

Deno.test("flags for the trainer are split into words", () => {
  const request = readSpec(["--data", "d", "--trainer", " --learning-rate 1e-4  --epochs 2"]);
  assert.ok(request.action === "run");
  assert.deepEqual(request.spec.more, ["--learning-rate", "1e-4", "--epochs", "2"]);
});

Deno.test("the plan needs no data", () => {
  assert.equal(readSpec(["--plan"]).action, "plan");
});

for (
  const [words, message] of [
    [[], /without --data/],
    [
      ["--data", "d", "--jobs", "0"],
      /--jobs as it must be an integer from 1 to 1024: received '0'/,
    ],
    [["--data", "d", "--steps", "ten"], /--steps .* received 'ten'/],
    [
      ["--data", "d", "--minutes", "0"],
      /--minutes as it must be an integer from 1 to 43200: received '0'/,
    ],
    [["--data", "d", "--phase", "beta,x"], /received 'x'/],
    [["--data", "d", "--device", "auto"], /--device as it must be one of .* received 'auto'/],
    [["--dat", "d"], /no such flag .did you mean '--data'.*received '--dat'/],
  ] as const
) {
  Deno.test(`an invalid argument is named: ${words.join(" ")}`, () => {
    assert.throws(() => readSpec(words), { kind: "bad_usage", message });
  });
}
