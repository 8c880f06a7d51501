/**
 * The report's colours and style sheet, similar to those of the web page. One column on a phone, small
 * multiples side by side on wider screens.
 *
 * @module
 */

/** One colour in the light and the dark theme. */
type Shade = readonly [light: string, dark: string];

/**
 * The names and values of src/page/theme.css, so that a token has the same colour in the report and on the
 * web page. Rewards range from orange to blue; both have a contrast of 4.5 with the ink.
 */
export const palette = {
  paper: ["#f6f5f2", "#14161a"],
  panel: ["#fffefc", "#1b1e24"],
  sunken: ["#f1efea", "#12141a"],
  ink: ["#1c2127", "#e8e6e1"],
  soft: ["#5a616b", "#a3a9b3"],
  line: ["#e2dfd8", "#2d323b"],
  accent: ["#6b3fa0", "#c3a6f0"],
  earn: ["#6eb0ee", "#2568b0"],
  cost: ["#f79d45", "#9a4e0d"],
  "earn-bar": ["#2f74b8", "#5b9fe0"],
  "cost-bar": ["#c96a12", "#e58f3c"],
} as const satisfies Readonly<Record<string, Shade>>;

/** The palette as CSS variables, light or dark as the reader's system prefers. */
function paletteSheet(): string {
  const variables = (theme: 0 | 1) =>
    Object.entries(palette).map(([name, shade]) => `--${name}: ${shade[theme]};`).join(" ");
  return `:root { color-scheme: light dark; ${variables(0)} }
@media (prefers-color-scheme: dark) { :root { ${variables(1)} } }
`;
}

/** The whole style sheet: colours, typography, then each part of the report. */
export function styleSheet(): string {
  return [paletteSheet(), base, headline, curves, samples, tables].join("");
}

/** Typography, spacing and what all parts share. */
const base = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 84rem; padding: 2rem 1.75rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 400 0.9375rem/1.55 Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
    "Helvetica Neue", Arial, "Noto Color Emoji", sans-serif; }
h1, h2, p, dl, dd, figure { margin: 0; }
h1 { font-size: 1.7rem; line-height: 1.25; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 0.9rem; font-size: 1.15rem; letter-spacing: -0.01em; }
code { font: 0.86em ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.kicker { color: var(--accent); font-size: 0.8125rem; font-weight: 620; }
.hint, .none { color: var(--soft); font-size: 0.8125rem; line-height: 1.45; overflow-wrap: anywhere; }
summary { width: fit-content; margin-top: 1rem; padding: 0.35rem 0.8rem; cursor: pointer;
  border: 1px solid var(--line); border-radius: 7px; background: var(--panel);
  font-size: 0.875rem; font-weight: 620; }
details[open] > summary { margin-bottom: 1rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

/** Tiles in a row, as many as fit, with hairlines between them. */
const headline = `
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr));
  gap: 1px; margin-top: 1.5rem; overflow: hidden; border: 1px solid var(--line);
  border-radius: 12px; background: var(--line); }
.headline > div { padding: 1rem 1.2rem 1.05rem; background: var(--panel); }
.headline dt { color: var(--soft); font-size: 0.8125rem; }
.headline .value { margin: 0.1rem 0; font-size: 1.55rem; line-height: 1.3; font-weight: 650;
  letter-spacing: -0.02em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.headline > div:first-child .value { color: var(--accent); }
`;

/** Small multiples and their drawings. */
const curves = `
/* Drawings are 360 wide, about as wide as a column, so that their text stays legible. */
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
  gap: 1rem; }
.curve { padding: 0.85rem 0.9rem 0.5rem; border: 1px solid var(--line); border-radius: 12px;
  background: var(--panel); }
/* Name, metric, first and last value on one line; the metric is cut first. */
.curve figcaption { display: flex; align-items: baseline; gap: 0.6rem;
  padding: 0 0.2rem 0.35rem; white-space: nowrap; }
.curve figcaption code { min-width: 0; overflow: hidden; text-overflow: ellipsis;
  color: var(--soft); font-size: 0.75rem; }
.curve figcaption span { margin-left: auto; font-size: 0.875rem; font-weight: 620;
  font-variant-numeric: tabular-nums; }
details .curve figcaption code { display: none; }
.curve .none { padding: 3rem 0; text-align: center; }
.plot { display: block; width: 100%; height: auto; overflow: visible; color: var(--soft);
  font: 11px Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.plot text { white-space: pre; }
/* The stripes of the readouts are visible only under the pointer. */
.plot [aria-label="rect"] rect { opacity: 0; }
.plot [aria-label="rect"] rect:hover { opacity: 0.12; }
.curves + .hint { margin-top: 0.6rem; }
`;

/** `--strength` is the share of the full colour in a token's background; 0 is the panel's colour. */
const samples = `
.legend { max-width: 20rem; margin-bottom: 1rem; }
.ramp { display: block; height: 0.55rem; border-radius: 3px; box-shadow: inset 0 0 0 1px var(--line);
  background: linear-gradient(in oklab to right, var(--cost), var(--panel), var(--earn)); }
.ticks { display: flex; justify-content: space-between; margin-top: 0.2rem; color: var(--soft);
  font-size: 0.72rem; font-variant-numeric: tabular-nums; }
.ticks span { display: flex; justify-content: center; width: 0; white-space: nowrap; }
.ticks span:first-child { justify-content: flex-start; }
.ticks span:last-child { justify-content: flex-end; }
/* Two columns of equal width, with a shared prompt above both. */
.samples { width: 100%; table-layout: fixed; border: 1px solid var(--line); border-radius: 12px;
  border-spacing: 0; overflow: hidden; background: var(--panel); text-align: left; }
.samples th, .samples td { padding: 0.6rem 1.2rem; vertical-align: top; font-weight: 400; }
.samples thead th { padding-top: 0.8rem; font-weight: 650; }
.samples tbody tr:first-child > * { border-top: 1px solid var(--line); padding-top: 0.9rem; }
.samples tbody tr:last-child > * { padding-bottom: 1rem; }
.samples tbody th { padding-bottom: 0; }
.prompt { max-height: 9.5rem; overflow-y: auto; color: var(--soft); font-size: 0.875rem;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.verdict { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.6rem; }
.verdict b { font-size: 1.15rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.verdict span { color: var(--soft); font-size: 0.8125rem; }
.verdict .step { display: none; }
.heat { margin-top: 0.2rem; line-height: 2.05; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: isolate; }
/* Mixed in a perceptually uniform colour space. */
.token { margin-right: 1px; padding: 0.24em 0.06em; border-radius: 3px; cursor: default;
  background: color-mix(in oklab, var(--hue) calc(var(--strength) * 100%), var(--panel));
  box-decoration-break: clone; -webkit-box-decoration-break: clone;
  forced-color-adjust: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.token.earn, .token.cost { color: var(--ink); }
.token.earn { --hue: var(--earn); }
.token.cost { --hue: var(--cost); }
.token:hover { box-shadow: inset 0 -2px 0 var(--ink); }
/* Generated content, so that it is not copied with the text. */
.glyph { position: relative; }
.glyph::before { content: attr(data-glyph); font-size: 0.82em; opacity: 0.6; }
/* Spaces keep their width. */
.glyph[data-glyph="\\b7"]::before, .glyph[data-glyph="\\237d"]::before { position: absolute;
  font-size: inherit; }
/* On a phone, after stands below before, and each shows its step. */
@media (max-width: 44rem) {
  .samples thead { display: none; }
  .samples tr, .samples td, .samples tbody th { display: block; }
  .samples td { padding: 0.6rem 1rem; }
  .samples td + td, .samples tbody tr:last-child > td + td { border-top: 1px dashed var(--line); }
  .samples tbody tr + tr > td:first-child { border-top: 0; padding-top: 0.6rem; }
  .samples tbody th { padding: 0.6rem 1rem 0; }
  .samples td:empty { display: none; }
  .verdict .step { display: inline; font-weight: 620; color: var(--ink); }
}
`;

/** Settings in three columns; the glossary as a table, on a phone as a list. */
const tables = `
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  align-items: start; gap: 1rem; }
.settings table, .glossary { width: 100%; border: 1px solid var(--line); border-radius: 12px;
  border-spacing: 0; overflow: hidden; background: var(--panel); text-align: left;
  font-size: 0.875rem; }
.settings caption { padding: 0 0 0.35rem 0.2rem; text-align: left; color: var(--soft);
  font-size: 0.8125rem; }
.settings th, .settings td, .glossary th, .glossary td { padding: 0.4rem 1rem; vertical-align: top;
  font-weight: 400; overflow-wrap: anywhere; }
.settings tr + tr > *, .glossary tbody tr > * { border-top: 1px solid var(--line); }
.settings th { width: 45%; color: var(--soft); }
.settings td { font-variant-numeric: tabular-nums; }
.glossary thead th { color: var(--soft); font-size: 0.8125rem; white-space: nowrap; }
.glossary tbody th { white-space: nowrap; }
.glossary td:nth-child(2) { max-width: 44rem; }
.glossary cite { display: block; color: var(--soft); font-size: 0.8125rem; font-style: normal; }
.glossary .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.glossary thead th:last-child { text-align: right; }
@media (max-width: 44rem) {
  body { padding: 1.2rem 1rem 3rem; }
  .headline { grid-template-columns: 1fr 1fr; }
  .headline > div { padding: 0.8rem 0.9rem; }
  .headline > div:first-child { grid-column: 1 / -1; }
  .headline .value { font-size: 1.3rem; }
  .glossary thead { display: none; }
  /* Name and value, below them the meaning, below it the unit. */
  .glossary tbody tr { display: grid; grid-template-columns: 1fr auto; padding: 0.6rem 0.9rem; }
  .glossary tbody tr + tr { border-top: 1px solid var(--line); }
  .glossary tbody tr > * { padding: 0.1rem 0; border: 0; }
  .glossary td:nth-child(2) { grid-column: 1 / -1; grid-row: 2; }
  .glossary td:nth-child(3) { grid-column: 1; grid-row: 3; color: var(--soft); }
  .glossary .number { grid-column: 2; grid-row: 1; font-weight: 620; }
}
`;
