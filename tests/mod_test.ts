/**
 * Holds the public list to its promise: everything on it is documented, and whatever can be called
 * is shown in an example. That the examples are right is shown by running them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

interface Doc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string; readonly jsDoc?: Doc }[];
}

const path = fileURLToPath(new URL("../src/mod.ts", import.meta.url));

async function readDocs(): Promise<{ examples: string; symbols: readonly Symbol[] }> {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", "--json", path] });
  const { stdout } = await command.output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const { module_doc, symbols }: { module_doc: Doc; symbols: Symbol[] } = nodes[
    Object.keys(nodes)[0] ?? ""
  ];
  return { symbols, examples: examplesOf(module_doc).join("\n") };
}

function examplesOf({ tags = [] }: Doc): string[] {
  return tags.filter(({ kind }) => kind === "example").map(({ doc = "" }) => doc);
}

const typeKinds = new Set(["interface", "typeAlias"]);

Deno.test("everything public says what it is, and what can be called is shown in an example", async () => {
  const { symbols, examples } = await readDocs();
  assert.ok(symbols.length > 10);
  const findings = symbols.flatMap(({ name, declarations }) =>
    declarations.flatMap(({ kind, jsDoc = {} }) => [
      ...jsDoc.doc ? [] : [`${name} is not documented`],
      ...typeKinds.has(kind) || examplesOf(jsDoc).length > 0 ||
          new RegExp(`\\b${name}\\b`).test(examples)
        ? []
        : [`${name} is in no example`],
    ])
  );
  assert.deepEqual(findings, []);
});

Deno.test("the public list names what it exports, one by one", () => {
  const source = Deno.readTextFileSync(path);
  assert.ok(!/export \*/.test(source));
  assert.ok(!/^export (const|function|class|interface|type \w+ =)/m.test(source));
});
