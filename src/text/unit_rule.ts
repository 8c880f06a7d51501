/**
 * Unit rule: what credit is given to, a token or a larger stretch of a completion.
 *
 * @module
 */

/** The units that have a name. */
export const unitNames = ["token", "clause", "sentence", "line", "step"] as const;

/** Tokens whose credit is spread over so many to each side of them. */
interface Window {
  readonly window: number;
}

/** Stretches of text that end with this text. */
interface Separator {
  readonly separator: string;
}

/** A unit. */
export type UnitRule = typeof unitNames[number] | Window | Separator;

/** A unit that is found in the text. */
export type TextUnit = Exclude<UnitRule, "token" | Window>;

/** The widest window, in tokens to each side. */
export const MOST_WINDOW = 1_024;

/** The longest separator, in UTF-16 units. */
export const LONGEST_SEPARATOR = 64;

/** Whether the units of a rule are tokens. */
export function isOfTokens(rule: UnitRule): rule is "token" | Window {
  return rule === "token" || (typeof rule === "object" && "window" in rule);
}

/** A rule as flags and addresses write it: `sentence`, `window:10`, `separator:###`. */
export function unitText(rule: UnitRule): string {
  if (typeof rule === "string") return rule;
  return "window" in rule ? `window:${rule.window}` : `separator:${rule.separator}`;
}

/** What {@linkcode unitText} wrote; undefined for any other text. */
export function parseUnit(text: string): UnitRule | undefined {
  const [, window] = /^window:(\d{1,4})$/.exec(text) ?? [];
  if (window !== undefined) return within(Number(window), MOST_WINDOW, { window: Number(window) });
  const separator = text.startsWith("separator:") ? text.slice("separator:".length) : undefined;
  if (separator !== undefined) {
    return within(separator.length, LONGEST_SEPARATOR, { separator });
  }
  return unitNames.find((name) => name === text);
}

function within<Rule>(size: number, most: number, rule: Rule): Rule | undefined {
  return size >= 1 && size <= most ? rule : undefined;
}
