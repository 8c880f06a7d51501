import assert from "node:assert/strict";
import fc from "fast-check";
import { markup, trusted } from "../../../src/ppo/report/markup.ts";
import { all, bodyOf, one } from "./parsed.ts";

Deno.test("text is escaped, markup is not, and undefined is nothing", () => {
  const inner = markup`<b>${"a < b & c"}</b>`;
  assert.equal(
    markup`<p title="${`"'>`}">${inner}${undefined}${3}${[inner, "&"]}</p>`.text,
    '<p title="&quot;&#39;&gt;"><b>a &lt; b &amp; c</b>3<b>a &lt; b &amp; c</b>&amp;</p>',
  );
  assert.equal(markup`${trusted("<i>")}`.text, "<i>");
});

Deno.test("what a part holds is never escaped twice nor taken for a part's name", () => {
  assert.equal(markup`<p>${"$& $1 &amp;"}</p>`.text, "<p>$&amp; $1 &amp;amp;</p>");
});

Deno.test("the line breaks around a template are not part of it, those of a text are", () => {
  assert.equal(
    markup`
      <p>${"\n a \n"}</p>
    `.text,
    "<p>\n a \n</p>",
  );
  assert.equal(markup`${"\n"}`.text, "\n");
});

Deno.test("any text comes back from a parser as it went in, in content and in attributes", () => {
  const text = fc.string({ unit: fc.constantFrom(..."<>&\"'`=/ ab;!-\\é🎬") });
  fc.assert(fc.property(text, (text) => {
    const found = one(bodyOf(markup`<p title="${text}">x${text}</p>`), "p");
    assert.equal(found.textContent, `x${text}`);
    assert.equal(found.getAttribute("title"), text);
    assert.equal(all(found, "*").length, 0);
  }));
});
