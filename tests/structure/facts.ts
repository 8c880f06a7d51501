/**
 * The facts of a source file that the structure test checks: its imports and exports, the lengths of the
 * file and its functions, and its effects when it is loaded. Read from the syntax tree of `deno lint`.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path";

/** A function with a body, or a method. */
export interface FunctionFacts {
  readonly name: string;
  readonly line: number;
  /** Lines of the body, its braces included. */
  readonly lines: number;
  readonly parameters: number;
  readonly exported: boolean;
}

/** One file of src/. */
export interface FileFacts {
  /** From the root, as in `src/cli/help.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Lines of comment among the lines that are not blank, 0 to 1. */
  readonly commentShare: number;
  readonly moduleComment: boolean;
  /** Files by path from the root, packages by name. */
  readonly imports: readonly string[];
  readonly exports: readonly { readonly name: string; readonly type: boolean }[];
  readonly functions: readonly FunctionFacts[];
  /** Lines at which something runs when the file is loaded. */
  readonly effects: readonly number[];
  /** Lines that use the console. */
  readonly console: readonly number[];
}

type Node = Deno.lint.Node;
type Callable =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Reads one file. */
export function factsOf(path: string, source: string): FileFacts {
  const reader = new Reader(path, source);
  const plugin: Deno.lint.Plugin = {
    name: "structure",
    rules: { facts: { create: () => reader.visitor } },
  };
  Deno.lint.runPlugin(plugin, path.endsWith(".js") ? "file.js" : "file.ts", source);
  return { path, ...reader.facts, ...textFacts(source) };
}

class Reader {
  readonly #path: string;
  readonly #source: string;
  readonly #imports = new Set<string>();
  readonly #exports: FileFacts["exports"][number][] = [];
  readonly #functions: FunctionFacts[] = [];
  readonly #effects: number[] = [];
  readonly #console: number[] = [];

  constructor(path: string, source: string) {
    this.#path = path;
    this.#source = source;
  }

  get facts() {
    return {
      imports: [...this.#imports],
      exports: this.#exports,
      functions: this.#functions,
      effects: this.#effects,
      console: this.#console,
    };
  }

  get visitor(): Deno.lint.LintVisitor {
    return {
      ImportDeclaration: ({ source }) => this.#import(source.value),
      ImportExpression: ({ source }) => {
        if (source.type === "Literal") this.#import(String(source.value));
      },
      NewExpression: (node) => this.#readUrl(node),
      ExportAllDeclaration: ({ source }) => this.#import(source.value),
      ExportNamedDeclaration: (node) => this.#readExport(node),
      ExportDefaultDeclaration: () => this.#exports.push({ name: "default", type: false }),
      FunctionDeclaration: (node) => this.#readFunction(node),
      FunctionExpression: (node) => this.#readFunction(node),
      ArrowFunctionExpression: (node) => this.#readFunction(node),
      MemberExpression: ({ object, range }) => {
        if (object.type === "Identifier" && object.name === "console") {
          this.#console.push(this.#lineOf(range[0]));
        }
      },
      ExpressionStatement: ({ parent, range, expression }) => {
        const directive = expression.type === "Literal";
        if (parent.type === "Program" && !directive) this.#effects.push(this.#lineOf(range[0]));
      },
    };
  }

  #import(specifier: string): void {
    const local = specifier.startsWith(".");
    this.#imports.add(local ? normalize(join(dirname(this.#path), specifier)) : specifier);
  }

  /** A worker's file is named as `new URL("./worker.ts", import.meta.url)`. */
  #readUrl({ callee, arguments: [first] }: Deno.lint.NewExpression): void {
    if (callee.type !== "Identifier" || callee.name !== "URL" || first?.type !== "Literal") return;
    const specifier = String(first.value);
    if (/^\.{1,2}\/.*\.ts$/.test(specifier)) this.#import(specifier);
  }

  #readExport({ declaration, specifiers, source, exportKind }: Deno.lint.ExportNamedDeclaration) {
    if (source) this.#import(source.value);
    for (const { exported, exportKind: kind } of specifiers) {
      const name = exported.type === "Identifier" ? exported.name : String(exported.value);
      this.#exports.push({ name, type: exportKind === "type" || kind === "type" });
    }
    if (declaration) this.#exports.push(...declaredNames(declaration));
  }

  #readFunction(node: Callable): void {
    if (node.body?.type !== "BlockStatement") return;
    const [from, to] = node.body.range;
    this.#functions.push({
      name: nameOf(node),
      line: this.#lineOf(node.range[0]),
      lines: this.#lineOf(to) - this.#lineOf(from) + 1,
      parameters: node.params.length,
      exported: node.parent.type === "ExportNamedDeclaration",
    });
  }

  #lineOf(offset: number): number {
    return this.#source.slice(0, offset).split("\n").length;
  }
}

function declaredNames(
  declaration: NonNullable<Deno.lint.ExportNamedDeclaration["declaration"]>,
): FileFacts["exports"] {
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.map(({ id }) => ({
      name: id.type === "Identifier" ? id.name : "pattern",
      type: false,
    }));
  }
  const name = "id" in declaration && declaration.id && "name" in declaration.id
    ? String(declaration.id.name)
    : "unnamed";
  const type = /^TS(Interface|TypeAlias)Declaration$/.test(declaration.type);
  return [{ name, type }];
}

function nameOf(node: Callable): string {
  if ("id" in node && node.id) return node.id.name;
  const parent: Node = node.parent;
  if (parent.type === "MethodDefinition" || parent.type === "Property") {
    return "name" in parent.key ? String(parent.key.name) : "method";
  }
  return parent.type === "VariableDeclarator" && parent.id.type === "Identifier"
    ? parent.id.name
    : "unnamed";
}

function textFacts(source: string) {
  const lines = source.replace(/\n$/, "").split("\n");
  const written = lines.map((line) => line.trim()).filter((line) => line !== "");
  let inside = false;
  const comments = written.filter((line) => {
    const comment = inside || /^(\/\/|\/\*)/.test(line);
    if (line.startsWith("/*")) inside = true;
    if (line.includes("*/")) inside = false;
    return comment;
  });
  return {
    lines: lines.length,
    commentShare: comments.length / written.length,
    moduleComment: source.startsWith("/**") && source.includes("@module"),
  };
}
