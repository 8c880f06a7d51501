/**
 * Escapes texts for HTML, as what is added to a {@linkcode Markup} is.
 *
 * @module
 */

import { textFor } from "./python_text.ts";
import { Markup, type Value } from "./values.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/** A value as escaped text; what is escaped already stays as it is. */
export function escaped(value: Value): string {
  if (value instanceof Markup) return value.text;
  return textFor(value).replace(/[&<>"']/g, (character) => entities[character]!);
}
