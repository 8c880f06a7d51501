/**
 * Code points: how every span of Abacus counts characters, as Python's string indices do.
 *
 * JavaScript strings count UTF-16 units, in which an emoji has two.
 *
 * @module
 */

/** The length of a well-formed text in Unicode code points. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    // The second half of a pair adds no character.
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) length--;
  }
  return length;
}
