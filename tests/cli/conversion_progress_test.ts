import assert from "node:assert/strict";
import { conversionProgress } from "../../src/cli/conversion_progress.ts";

Deno.test("what is converted at once says nothing, as a model that is small loads in no time", () => {
  const notes: string[] = [];
  const terminal = {
    interactive: false,
    print: () => {},
    note: (line: string) => notes.push(line),
  };
  const onConverted = conversionProgress(terminal, "reward");
  onConverted(5, 10);
  onConverted(10, 10);
  assert.deepEqual(notes, []); // lines come every ten seconds
});
