import assert from "node:assert/strict";
import { reportHtml } from "../../../src/ppo/report/report.ts";
import { palette, styleSheet } from "../../../src/ppo/report/style.ts";
import { madeUpRun } from "./made_up_run.ts";
import { all, documentOf } from "./parsed.ts";

Deno.test("the style sheet makes no requests and cannot close its element", () => {
  assert.doesNotMatch(styleSheet(), /url\(|@import|@font-face|</);
});

Deno.test("every CSS variable that is used is defined", () => {
  const used = new Set([...styleSheet().matchAll(/var\(--([\w-]+)/g)].map(([, name]) => name));
  const set = new Set([...Object.keys(palette), "hue", "strength"]);
  assert.deepEqual([...used].filter((name) => !set.has(name!)), []);
});

Deno.test("colours are in the palette only", () => {
  const rest = styleSheet().split("\n").filter((line) => !/--paper:/.test(line)).join("\n");
  assert.doesNotMatch(rest, /#[0-9a-f]{3,6}\b|rgba?\(|hsla?\(/i);
});

Deno.test("every class of the report is styled, and every styled class is used", () => {
  const report = documentOf(reportHtml(madeUpRun(50)));
  const used = new Set(
    all(report, "[class]").flatMap((each) => each.getAttribute("class")!.split(" ")),
  );
  const styled = new Set([...styleSheet().matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name!));
  assert.deepEqual([...used].filter((name) => !styled.has(name)), []);
  // Only a report that lacks something has this.
  assert.deepEqual([...styled].filter((name) => !used.has(name)), ["none"]);
});

Deno.test("braces are balanced", () => {
  const count = (sign: string) => styleSheet().split(sign).length;
  assert.equal(count("{"), count("}"));
});

type Rgb = readonly [number, number, number];

const rgbOf = (hex: string): Rgb => {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

const linear = (part: number) => {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance and contrast as defined by WCAG 2.2. */
const luminance = ([red, green, blue]: Rgb) =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

Deno.test("colours are those of the web page, name for name", async () => {
  const sheet = await Deno.readTextFile(new URL("../../../src/page/theme.css", import.meta.url));
  for (const [name, [light, dark]] of Object.entries(palette)) {
    assert.ok(sheet.includes(`--${name}: light-dark(${light}, ${dark});`), name);
  }
  assert.ok(sheet.includes("--heat-base: var(--panel);"));
});

Deno.test("text on a token is legible in both themes, whatever its reward", () => {
  for (const theme of [0, 1] as const) {
    const [ink, panel] = [palette.ink, palette.panel].map((shade) => rgbOf(shade[theme]));
    for (const full of [palette.earn, palette.cost].map((shade) => rgbOf(shade[theme]))) {
      for (const strength of [0, 0.25, 0.5, 0.75, 1]) {
        const mixed = full.map((part, i) => part * strength + panel![i]! * (1 - strength));
        assert.ok(contrast(ink!, mixed as unknown as Rgb) >= 4.5, `${theme} ${full} ${strength}`);
      }
    }
  }
});

Deno.test("quiet text, curves and their numbers are legible", () => {
  for (const theme of [0, 1] as const) {
    for (const ground of [palette.paper, palette.panel].map((shade) => rgbOf(shade[theme]))) {
      assert.ok(contrast(rgbOf(palette.soft[theme]), ground) >= 4.5);
      assert.ok(contrast(rgbOf(palette.accent[theme]), ground) >= 4.5);
    }
  }
});

Deno.test("the dark theme applies if the reader's system prefers it", () => {
  const [light, dark] = styleSheet().split("@media (prefers-color-scheme: dark)");
  assert.ok(light!.includes("--panel: #fffefc;") && dark!.includes("--panel: #1b1e24;"));
});
