import assert from "node:assert/strict";
import { flagTexts, readText } from "../../src/cli/flags.ts";
import { help, integer, text, toggle } from "../../src/settings_readers.ts";

const flags = {
  cups: integer(1, 9).default(2).register(help, { value: "N", description: "cups at once" }),
  teaLeaf: text().optional().register(help, { value: "LEAF", description: "a leaf" }),
  milk: toggle().default(false).register(help, { description: "with milk" }),
};
const accepted = { command: "tea", flags, repeatable: ["teaLeaf"], elsewhere: ["--help"] };
const taken = (...words: string[]) => {
  const { texts, others } = flagTexts(accepted, words);
  return { ...Object.fromEntries(texts), others };
};

Deno.test("flags are by the names of their schemas, and what is not given is not there", () => {
  assert.deepEqual(taken(), { others: [] });
  assert.deepEqual(taken("--cups=3", "hot", "--tea-leaf", "green"), {
    cups: "3",
    teaLeaf: "green",
    others: ["hot"],
  });
});

Deno.test("a switch is on by its name and off by no-", () => {
  assert.deepEqual(taken("--milk"), { milk: "true", others: [] });
  assert.deepEqual(taken("--no-milk"), { milk: "false", others: [] });
});

Deno.test("a flag that may be repeated joins its values, another is refused", () => {
  assert.deepEqual(taken("--tea-leaf", "green", "--tea-leaf=black"), {
    teaLeaf: "green,black",
    others: [],
  });
  assert.throws(() => taken("--cups=1", "--cups=2"), {
    kind: "bad_usage",
    message: "Cannot use --cups as it must be given once: received it twice",
  });
});

Deno.test("text is what its schema makes of it, and a wrong one is named by its source", () => {
  assert.equal(readText(flags.cups, "3", "--cups"), 3);
  assert.equal(readText(flags.cups, undefined, "--cups"), 2);
  assert.throws(() => readText(flags.cups, "ten", "ABACUS_CUPS"), {
    kind: "bad_usage",
    message: "Cannot use ABACUS_CUPS as it must be an integer from 1 to 9: received 'ten'",
  });
});
