import assert from "node:assert/strict";
import { palette, paletteSheet } from "../../../src/ppo/report/palette.ts";

type Rgb = readonly [number, number, number];

const rgbOf = (hex: string): Rgb => {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

const linear = (part: number) => {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance and contrast as WCAG 2.2 defines them. */
const luminance = ([red, green, blue]: Rgb) =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

Deno.test("colours are those of the page, name for name", async () => {
  const sheet = await Deno.readTextFile(new URL("../../../src/page/theme.css", import.meta.url));
  for (const [name, [light, dark]] of Object.entries(palette)) {
    assert.ok(sheet.includes(`--${name}: light-dark(${light}, ${dark});`), name);
  }
  assert.ok(sheet.includes("--heat-base: var(--panel);"));
});

Deno.test("text on a token can be read in both themes, whatever its reward", () => {
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

Deno.test("quiet text, curves and their numbers can be read too", () => {
  for (const theme of [0, 1] as const) {
    for (const ground of [palette.paper, palette.panel].map((shade) => rgbOf(shade[theme]))) {
      assert.ok(contrast(rgbOf(palette.soft[theme]), ground) >= 4.5);
      assert.ok(contrast(rgbOf(palette.accent[theme]), ground) >= 4.5);
    }
  }
});

Deno.test("dark is what the reader's system asks for", () => {
  const [light, dark] = paletteSheet().split("@media (prefers-color-scheme: dark)");
  assert.ok(light!.includes("--panel: #fffefc;") && dark!.includes("--panel: #1b1e24;"));
});
