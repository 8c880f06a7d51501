/**
 * The literals of a chat template: the text that it writes as it stands, and its string constants.
 *
 * Scans the source instead of parsing it, as it only has to know which control tokens a template contains.
 *
 * @module
 */

/** A comment, an expression or statement, or the text between. */
const parts = /\{#[\s\S]*?#\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|(?:(?!\{[#{%])[\s\S])+/g;

/** A string constant of Jinja, in either kind of quotes. */
const strings = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'/g;

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** Every literal, separated by characters that no token contains. */
export function templateLiterals(source: string): string {
  const literals = source.match(parts)?.flatMap((part) => {
    if (part.startsWith("{#")) return [];
    if (!/^\{[{%]/.test(part)) return [part];
    return (part.match(strings) ?? []).map((string) => unescape(string.slice(1, -1)));
  });
  return literals?.join("\0") ?? "";
}

function unescape(string: string): string {
  return string.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_, unicode?: string, byte?: string, letter = "") =>
      unicode === undefined && byte === undefined
        ? escapes[letter] ?? letter
        : String.fromCharCode(parseInt(unicode ?? byte ?? "", 16)),
  );
}
