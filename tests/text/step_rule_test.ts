import assert from "node:assert/strict";
import { stepRuleText } from "../../src/text/step_rule.ts";

Deno.test("a rule in words names the mark and its ids", () => {
  assert.equal(stepRuleText({ at: "line" }), "ends at a line break, read at its last token");
  const mark = { ids: [4, 5], text: "\n", place: "instead", alone: true } as const;
  assert.equal(
    stepRuleText({ at: "paragraph", mark }),
    'ends at a blank line, read at "\\n" (id 4 5)',
  );
  assert.match(stepRuleText({ at: "mark", mark }), /^ends at its mark/);
});
