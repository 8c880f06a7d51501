import assert from "node:assert/strict";
import { templateLiterals } from "../../src/text/template_literals.ts";

Deno.test("literals are the text of a template and its strings, not its comments and names", () => {
  const source = `<a>{# <b> #}{{ c + '<d>' }}{%- if "<e>\\n\\x41\\u0042\\"" in f %}<g>{% endif %}`;
  assert.deepEqual(templateLiterals(source).split("\0"), ["<a>", "<d>", '<e>\nAB"', "<g>"]);
  assert.equal(templateLiterals(""), "");
  assert.deepEqual(templateLiterals("{ {{ x['<y>'] }} }").split("\0"), ["{ ", "<y>", " }"]);
});
