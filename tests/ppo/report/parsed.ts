/**
 * Markup as a document that tests can ask.
 *
 * @module
 */

import { parseHTML } from "linkedom";
import type { Markup } from "../../../src/ppo/report/markup.ts";

/** What the tests ask of an element. */
export interface Element {
  readonly textContent: string;
  readonly tagName: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

/** A whole document. */
export function documentOf(text: string): Element {
  return (parseHTML(text) as unknown as { document: { documentElement: Element } })
    .document.documentElement;
}

/** A piece of markup within a body. */
export function bodyOf(piece: Markup): Element {
  return documentOf(`<!doctype html><html><body>${piece.text}</body></html>`);
}

/** The first match; fails where there is none. */
export function one(element: Element, selector: string): Element {
  const found = element.querySelector(selector);
  if (found === null) throw new Error(`nothing matches ${selector}`);
  return found;
}

/** All matches in order. */
export function all(element: Element, selector: string): Element[] {
  return [...element.querySelectorAll(selector)];
}

/** The texts of all matches, with single spaces. */
export function texts(element: Element, selector: string): string[] {
  return all(element, selector).map(({ textContent }) => textContent.replace(/\s+/g, " ").trim());
}
