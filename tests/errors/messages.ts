/**
 * The messages of errors, as the source writes them: every text that begins with "Cannot", with `…` in
 * the place of what is filled in.
 *
 * @module
 */

/** A message, and the file that it stands in. */
export interface Message {
  readonly text: string;
  /** Relative to src/. */
  readonly file: string;
}

const root = new URL("../../src/", import.meta.url);

/** The messages of these files and folders of src/, by file. */
export async function messagesIn(places: readonly string[]): Promise<Message[]> {
  const messages: Message[] = [];
  for (const file of (await Promise.all(places.map(filesBelow))).flat().toSorted()) {
    const source = await Deno.readTextFile(new URL(file, root));
    for (const text of messagesOf(source)) messages.push({ text, file });
  }
  return messages;
}

async function filesBelow(place: string): Promise<string[]> {
  if (place.endsWith(".ts")) return [place];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${place}/`, root))) {
    if (isDirectory) files.push(...await filesBelow(`${place}/${name}`));
    else if (name.endsWith(".ts")) files.push(`${place}/${name}`);
  }
  return files;
}

/** The messages of one file, but for those of bugs, whose errors are of JavaScript's own classes. */
export function messagesOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
  const found = code.matchAll(/["'`]Cannot /g).toArray();
  const isBug = (index: number) => /new (Type|Range|Syntax|)Error\(\s*$/.test(code.slice(0, index));
  return found.filter(({ index }) => !isBug(index)).map(({ index }) => concatenation(code, index));
}

/** The text of literals joined by `+` from `at` on. */
function concatenation(code: string, at: number): string {
  const [text, end] = literal(code, at);
  const joint = /^\s*\+\s*/.exec(code.slice(end));
  if (joint === null) return text;
  const next = end + joint[0].length;
  return /["'`]/.test(code[next] ?? "") ? text + concatenation(code, next) : `${text}…`;
}

/** The text of the literal at `at`, and where it ends. */
function literal(code: string, at: number): [string, number] {
  const quote = code[at];
  let text = "";
  for (let i = at + 1; i < code.length; i++) {
    if (code[i] === quote) return [text, i + 1];
    if (quote === "`" && code.startsWith("${", i)) {
      text += "…";
      i = endOfExpression(code, i + 2) - 1;
    } else if (code[i] === "\\") text += code[++i];
    else text += code[i];
  }
  throw new SyntaxError(
    `Cannot read a literal as it has no end: received ${code.slice(at, at + 80)}`,
  );
}

/** Behind the brace that closes an expression of a template, which may hold templates itself. */
function endOfExpression(code: string, from: number): number {
  let depth = 1;
  for (let i = from; i < code.length; i++) {
    if (/["'`]/.test(code[i]!)) i = literal(code, i)[1] - 1;
    else if (code[i] === "{") depth++;
    else if (code[i] === "}" && --depth === 0) return i + 1;
  }
  throw new SyntaxError("Cannot read a template as it has no end");
}
