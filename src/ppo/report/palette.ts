/**
 * Colours of the report: those of the page at `/`, so that a token has the same colour in both.
 *
 * @module
 */

/** One colour, by day and by night. */
export type Shade = readonly [light: string, dark: string];

/**
 * The names and values of src/page/theme.css, a test compares them. Rewards run from orange over the
 * panel to blue; both full colours keep a contrast of 4.5 with the ink.
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

/** The palette as variables of a style sheet, light unless the reader's system asks for dark. */
export function paletteSheet(): string {
  const variables = (theme: 0 | 1) =>
    Object.entries(palette).map(([name, shade]) => `--${name}: ${shade[theme]};`).join(" ");
  return `:root { color-scheme: light dark; ${variables(0)} }
@media (prefers-color-scheme: dark) { :root { ${variables(1)} } }
`;
}
