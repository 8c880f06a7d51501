/**
 * Markup in which text is text: what is put into a template is escaped unless it is markup already.
 *
 * Prompts, completions and names of settings come from strangers, so no other way leads into the
 * report. Knows nothing of what it writes.
 *
 * @module
 */

/** Markup that is safe to write as it stands. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: markup as it is, text and numbers escaped, nothing for undefined. */
export type Part = Markup | string | number | undefined | readonly Part[];

/**
 * Markup from a template. Holds for text between tags and within double quotes; a part must not
 * stand within a tag without quotes, nor within a script or style element. The line breaks that a
 * template begins and ends with are not part of it.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const written = parts.map(write);
  const last = strings.length - 1;
  return new Markup(
    strings.map((text, i) => {
      const begun = i === 0 ? text.replace(/^\n\s*/, "") : text;
      return (i === last ? begun.replace(/\n\s*$/, "") : begun) + (written[i] ?? "");
    }).join(""),
  );
}

/** Trusts `text` to be markup: a style sheet of ours, or the output of a serialiser that escapes. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function write(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(write).join("");
  return escape(String(part));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}
