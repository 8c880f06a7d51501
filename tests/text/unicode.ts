/**
 * Random text for property tests: what breaks tokenizers, offsets and templates, in any mixture.
 *
 * @module
 */

import fc from "fast-check";

/** Pieces that text processing gets wrong more often than others. */
const pieces = fc.constantFrom(
  "\u{1F469}\u200D\u{1F680}", // an emoji of three code points
  "\u{1F1E9}\u{1F1EA}", // a flag
  "e\u0301",
  "\u0301",
  "\uFB01",
  "\u1E9E\u0130",
  "שלום",
  "مرحبا\u200F",
  "\r\n",
  "\n\n",
  "\0",
  "\u200D",
  "\uFEFF",
  "\u0085",
  "\u00A0",
  "  ",
  " ",
  "\t",
  "the",
  " great",
  "end",
  "<s>",
  "<|im_end|>",
  "<|",
  "{{ x }}",
  "{% endfor %}",
  "你好",
  "\u{10FFFF}",
  "\uFFFD",
  "\uF8D0",
);

/** Any well-formed text. */
export function anyText(maxPieces = 8): fc.Arbitrary<string> {
  const piece = fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 4 }), fc.string());
  return fc.array(piece, { maxLength: maxPieces }).map((parts) => parts.join(""));
}

/** The length in code points, counted another way than src does. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
