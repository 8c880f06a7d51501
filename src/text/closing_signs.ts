/**
 * Closing signs: the quotes, brackets and emphasis that close behind a mark and belong to it, told from those that
 * open what follows. Pure.
 *
 * Brackets and curly quotes say it themselves. A straight quote and Markdown's emphasis look alike on both sides:
 * they close where space follows, or where one of them is open. So it is told in text without space, as Chinese.
 *
 * @module
 */

/** What may close behind a mark. */
export const closers = String.raw`["'*_\p{Pe}\p{Pf}]*`;

const closing = new RegExp(closers, "yv");

/** A sign that opens and closes, once or several times. An apostrophe is none. */
const signs = /(?<!\p{L}(?='\p{L}))(?<sign>["'*_])\k<sign>*/gv;

/** One of those, or a bracket that closes. */
const next = /(?<sign>["'*_])\k<sign>*|[\p{Pe}\p{Pf}]/yv;

/**
 * What finds where the signs end that close behind marks of a text. Marks must be asked about in order, as the
 * text is read through once.
 *
 * @returns for the beginning of a sentence and the end of a mark in it, in UTF-16 units, the end with what closes
 */
export function closingSigns(text: string): (from: number, end: number) => number {
  const isOpen = openSigns(text);
  return (from, end) => {
    closing.lastIndex = end;
    closing.test(text);
    const all = closing.lastIndex;
    if (all === end || all === text.length || /\s/.test(text[all]!)) return all;
    for (let at = end;;) {
      next.lastIndex = at;
      const sign = next.exec(text)?.groups?.sign;
      if (next.lastIndex === 0 || (sign !== undefined && !isOpen(sign, [from, at]))) return at;
      at = next.lastIndex;
    }
  };
}

/** Whether a sign stands alone, or all in pairs, in a range that moves through the text. */
function openSigns(text: string): (sign: string, range: readonly [number, number]) => boolean {
  const open = new Set<string>();
  let [start, read] = [0, 0];
  return (sign, [from, to]) => {
    if (from !== start) {
      open.clear();
      [start, read] = [from, from];
    }
    signs.lastIndex = read;
    for (let found; read < to && (found = signs.exec(text)) !== null && found.index < to;) {
      const { sign = "" } = found.groups!;
      if (!open.delete(sign)) open.add(sign);
      read = signs.lastIndex;
    }
    read = Math.max(read, to);
    return open.has(sign);
  };
}
