/**
 * The colours of the page: enough contrast in both themes, and a pair for rewards that stays a pair
 * for readers with a colour deficiency.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

type Rgb = readonly [red: number, green: number, blue: number];

const css = readFileSync(new URL("../../src/page/theme.css", import.meta.url), "utf8");
const themes = ["light", "dark"] as const;

/** A colour of the style sheet, in linear light. */
function colour(name: string, theme: typeof themes[number]): Rgb {
  const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css);
  const hex = found?.[theme === "light" ? 1 : 2];
  assert.ok(hex, name);
  const [red, green, blue] = [1, 3, 5].map((at) =>
    linear(parseInt(hex.slice(at, at + 2), 16) / 255)
  );
  return [red ?? 0, green ?? 0, blue ?? 0];
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** WCAG 2.2, relative luminance. */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const texts: readonly [text: string, ground: string, least: number][] = [
  ["ink", "paper", 7],
  ["ink", "panel", 7],
  ["ink", "sunken", 7],
  ["ink", "earn", 4.5],
  ["ink", "cost", 4.5],
  ["soft", "paper", 4.5],
  ["soft", "panel", 4.5],
  ["soft", "sunken", 4.5],
  ["on-accent", "accent", 4.5],
  ["accent", "panel", 4.5],
  ["warn", "warn-paper", 4.5],
  ["warn", "panel", 4.5],
  ["edge", "panel", 3],
  ["earn-bar", "panel", 3],
  ["cost-bar", "panel", 3],
];

for (const theme of themes) {
  for (const [text, ground, least] of texts) {
    Deno.test(`${text} on ${ground} has a contrast of ${least} in the ${theme} theme`, () => {
      const ratio = contrast(colour(text, theme), colour(ground, theme));
      assert.ok(ratio >= least, ratio.toFixed(2));
    });
  }
}

/**
 * How eyes without one kind of cone see a colour, in linear light: Viénot, Brettel and Mollon,
 * "Digital video colourmaps for checking the legibility of displays by dichromats" (1999), for the
 * red and the green cone.
 */
const deficiencies: Readonly<Record<string, (rgb: Rgb) => Rgb>> = {
  protanopia: (
    [r, g, b],
  ) => [0.1124 * r + 0.8876 * g, 0.1124 * r + 0.8876 * g, 0.004 * r - 0.004 * g + b],
  deuteranopia: (
    [r, g, b],
  ) => [0.2928 * r + 0.7072 * g, 0.2928 * r + 0.7072 * g, -0.0223 * r + 0.0223 * g + b],
};

for (const theme of themes) {
  for (const [name, seen] of Object.entries(deficiencies)) {
    Deno.test(`rewards of either sign differ in hue for ${name} in the ${theme} theme`, () => {
      const blueness = (token: string) => {
        const [red, , blue] = seen(colour(token, theme));
        return Math.log2((blue + 0.01) / (red + 0.01));
      };
      assert.ok(blueness("earn") > 0.8, `earn ${blueness("earn")}`);
      assert.ok(blueness("cost") < -0.8, `cost ${blueness("cost")}`);
    });
  }
}
