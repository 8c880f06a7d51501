/**
 * HTML as a document that tests can query.
 *
 * @module
 */

import type { html } from "hono/html";
import { parseHTML } from "linkedom";

/** The parts of an element that tests use. */
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

/** A document with a piece of HTML as its body. */
export function bodyOf(piece: ReturnType<typeof html>): Element {
  return documentOf(`<!doctype html><html><body>${piece}</body></html>`);
}

/** The first match; fails if there is none. */
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
