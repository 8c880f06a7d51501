import assert from "node:assert/strict";
import { help, integer, oneOf, text, toggle } from "../../src/settings_readers.ts";
import { readFlags, taskHelp } from "../../src/cli/task.ts";

const task = {
  name: "bench:tea",
  summary: "times tea",
  flags: {
    cups: integer(1, 9).default(2).register(help, { value: "N", description: "cups at once" }),
    maxHeat: oneOf("low", "high").optional().register(help, {
      value: "HEAT",
      description: "of the stove",
      unset: "both",
    }),
    out: text().optional().register(help, { value: "FILE", description: "result" }),
    alone: toggle().default(false).register(help, { description: "no milk" }),
  },
  others: true,
} as const;

const bad = (words: readonly string[], message: RegExp) =>
  assert.throws(() => readFlags(task, words), { kind: "bad_usage", message });

Deno.test("flags are read, and what is missing is as usual", () => {
  assert.deepEqual(readFlags(task, []), {
    flags: { cups: 2, maxHeat: undefined, out: undefined, alone: false },
    others: [],
  });
  assert.deepEqual(readFlags(task, ["--cups", "3", "--max-heat=low", "--alone", "--", "--more"]), {
    flags: { cups: 3, maxHeat: "low", out: undefined, alone: true },
    others: ["--more"],
  });
});

Deno.test("a wrong value is named with what it must be", () => {
  bad(
    ["--cups", "ten"],
    /^Cannot use --cups as it must be an integer from 1 to 9: received 'ten'$/,
  );
  bad(["--max-heat", "hot"], /--max-heat as it must be one of low, high: received 'hot'$/);
});

Deno.test("an unknown flag is named, with the nearest or the way to the list", () => {
  const unknown = "^Cannot run deno task bench:tea as there is no such flag";
  bad(["--cup", "3"], new RegExp(`${unknown} \\(did you mean '--cups'\\?\\): received '--cup'$`));
  bad(
    ["--spoon"],
    new RegExp(`${unknown} \\('deno task bench:tea --help' lists them\\): received`),
  );
});

Deno.test("words that are no flags are refused by a task that takes none", () => {
  assert.throws(() => readFlags({ ...task, others: false }, ["milk"]), {
    kind: "bad_usage",
    message: "Cannot run deno task bench:tea as it takes flags alone: received 'milk'",
  });
});

Deno.test("the help has a line for each flag with its default", () => {
  assert.equal(
    taskHelp(task),
    `deno task bench:tea: times tea

  --cups N         cups at once (default: 2)
  --max-heat HEAT  of the stove (default: both)
  --out FILE       result
  --alone          no milk`,
  );
});
