import assert from "node:assert/strict";
import { reportPage } from "../../../src/ppo/report/page.ts";
import { palette } from "../../../src/ppo/report/palette.ts";
import { styleSheet } from "../../../src/ppo/report/style.ts";
import { madeUpRun } from "./made_up_run.ts";
import { all, documentOf } from "./parsed.ts";

Deno.test("the sheet asks for nothing from elsewhere and cannot end its element", () => {
  assert.doesNotMatch(styleSheet(), /url\(|@import|@font-face|</);
});

Deno.test("every variable that is used has a value", () => {
  const used = new Set([...styleSheet().matchAll(/var\(--([\w-]+)/g)].map(([, name]) => name));
  const set = new Set([...Object.keys(palette), "hue", "strength"]);
  assert.deepEqual([...used].filter((name) => !set.has(name!)), []);
});

Deno.test("colours stand in the palette alone", () => {
  const rest = styleSheet().split("\n").filter((line) => !/--paper:/.test(line)).join("\n");
  assert.doesNotMatch(rest, /#[0-9a-f]{3,6}\b|rgba?\(|hsla?\(/i);
});

Deno.test("every class that the page uses is styled, and the other way about", () => {
  const page = documentOf(reportPage(madeUpRun(50)));
  const used = new Set(
    all(page, "[class]").flatMap((each) => each.getAttribute("class")!.split(" ")),
  );
  const styled = new Set([...styleSheet().matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name!));
  assert.deepEqual([...used].filter((name) => !styled.has(name)), []);
  // Only a page that lacks something says so.
  assert.deepEqual([...styled].filter((name) => !used.has(name)), ["none"]);
});

Deno.test("braces are in pairs", () => {
  const count = (sign: string) => styleSheet().split(sign).length;
  assert.equal(count("{"), count("}"));
});
