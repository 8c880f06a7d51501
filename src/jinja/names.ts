/**
 * Names: which names a scope has of its own, found when the template is parsed.
 *
 * Jinja decides in advance where each name of a template lives, and what it holds when its scope is
 * entered: a loop that assigns a name begins each round with the value of the scope around it. `if` opens
 * no scope; loops, macros, `with` and blocks that are filtered or assigned do.
 *
 * @module
 */

import { SyntaxFailure } from "./failure.ts";
import type { Block, Expression, ForNode, Signature, Statement } from "./nodes.ts";

/**
 * What a name holds when its scope is entered: what the caller gives it, the variable of the template,
 * the value of the scope around, or nothing yet.
 */
export type Load = "parameter" | "variable" | "outer" | "nothing";

/** The names of a scope. */
export class Names {
  readonly loads = new Map<string, Load>();
  readonly #stores = new Set<string>();
  readonly #parent: Names | undefined;

  constructor(parent?: Names) {
    this.#parent = parent;
  }

  has(name: string): boolean {
    return this.loads.has(name) || (this.#parent?.has(name) ?? false);
  }

  read(name: string): void {
    if (!this.has(name)) this.loads.set(name, "variable");
  }

  assign(name: string): void {
    this.#stores.add(name);
    if (!this.loads.has(name)) this.loads.set(name, this.#parent?.has(name) ? "outer" : "nothing");
  }

  give(name: string): void {
    this.#stores.add(name);
    this.loads.set(name, "parameter");
  }

  /** The names of the branches of an if, which are names of this scope. */
  branch(visits: readonly ((branch: Names) => void)[]): void {
    const branches = visits.map((visit) => {
      const branch = this.#copy();
      visit(branch);
      return branch;
    });
    const added = branches.flatMap((branch) => [...branch.#stores]);
    const fresh = added.filter((name) => !this.#stores.has(name));
    for (const { loads } of branches) loads.forEach((load, name) => this.loads.set(name, load));
    added.forEach((name) => this.#stores.add(name));
    // A branch that was not taken leaves what was there before.
    for (const name of fresh) {
      this.loads.set(name, this.#parent?.has(name) ? "outer" : "variable");
    }
  }

  #copy(): Names {
    const copy = new Names(this.#parent);
    this.loads.forEach((load, name) => copy.loads.set(name, load));
    this.#stores.forEach((name) => copy.#stores.add(name));
    return copy;
  }
}

/** Finds the names of a template and of every scope in it; the latter are noted in their nodes. */
export function resolveNames(body: Block): Names {
  const names = new Names();
  body.forEach((statement) => visit(statement, names));
  enterAll(body, names);
  return names;
}

/** What a statement does to the scope it stands in. */
function visit(statement: Statement, names: Names): void {
  switch (statement.kind) {
    case "print":
      return readAll(statement.value, names);
    case "set":
      readAll(statement.value, names);
      return assignAll(statement.target, names);
    case "set_block":
      return assignAll(statement.target, names);
    case "if":
      return visitIf(statement, names);
    case "macro":
      return names.assign(statement.name);
    case "for":
      return readAll(statement.iterable, names);
    case "call_block":
      return readAll(statement.call, names);
    case "scope":
      statement.values.forEach((value) => readAll(value, names));
      if (statement.filter !== undefined) readAll(statement.filter, names);
  }
}

function visitIf({ branches, otherwise }: Extract<Statement, { kind: "if" }>, names: Names): void {
  const [first, ...others] = branches;
  if (first !== undefined) readAll(first.test, names);
  const visitBlock = (block: Block) => (branch: Names) =>
    block.forEach((statement) => visit(statement, branch));
  // Jinja visits the later conditions as a branch of their own, which all of them share.
  const elifs = (branch: Names) =>
    others.forEach(({ test, body }) =>
      visitIf({ kind: "if", branches: [{ test, body }], otherwise: [] }, branch)
    );
  names.branch([visitBlock(first?.body ?? []), elifs, visitBlock(otherwise)]);
}

/** Notes the names of the scopes that statements open. */
function enterAll(body: Block, names: Names): void {
  for (const statement of body) enter(statement, names);
}

function enter(statement: Statement, names: Names): void {
  switch (statement.kind) {
    case "if":
      statement.branches.forEach(({ body }) => enterAll(body, names));
      return enterAll(statement.otherwise, names);
    case "for":
      return enterLoop(statement, names);
    case "macro":
    case "call_block":
      return enterFunction(statement, names);
    case "set_block":
    case "scope": {
      const inner = new Names(names);
      if (statement.kind === "scope") statement.targets.forEach((target) => giveAll(target, inner));
      if (statement.filter !== undefined) readAll(statement.filter, inner);
      statement.body.forEach((each) => visit(each, inner));
      statement.names = inner;
      enterAll(statement.body, inner);
    }
  }
}

function enterLoop(loop: ForNode, names: Names): void {
  const [body, otherwise, test] = [new Names(names), new Names(names), new Names(names)];
  body.give("loop");
  giveAll(loop.target, body);
  loop.body.forEach((statement) => visit(statement, body));
  loop.otherwise.forEach((statement) => visit(statement, otherwise));
  giveAll(loop.target, test);
  if (loop.test !== undefined) readAll(loop.test, test);
  loop.names = { body, otherwise, test };
  enterAll(loop.body, body);
  enterAll(loop.otherwise, otherwise);
}

function enterFunction(signature: Signature & { kind: string }, names: Names): void {
  const { parameters, defaults, body } = signature;
  const inner = new Names(names);
  const special = specialNames(body);
  const own = new Set(parameters.map(({ name }) => name));
  parameters.forEach(({ name }) => inner.give(name));
  const caller = parameters.findIndex(({ name }) => name === "caller");
  if (special.has("caller") && caller >= 0 && caller < parameters.length - defaults.length) {
    throw new SyntaxFailure('the special "caller" argument must be given a default', 1);
  }
  special.forEach((name) => own.has(name) ? special.delete(name) : inner.give(name));
  defaults.forEach((each) => readAll(each, inner));
  body.forEach((statement) => visit(statement, inner));
  signature.names = inner;
  signature.special = special;
  enterAll(body, inner);
}

/** Which of the names that a macro gets unasked its body reads before it assigns them. */
function specialNames(body: Block): Set<string> {
  const wanted = new Set(["caller", "kwargs", "varargs"]);
  const found = new Set<string>();
  const search = (part: unknown): void => {
    if (Array.isArray(part)) return part.forEach(search);
    if (typeof part !== "object" || part === null || part instanceof Names) return;
    const node = part as { kind?: string; name?: string; target?: unknown };
    if (node.kind === "name" && wanted.has(node.name!)) found.add(node.name!);
    for (const [key, inner] of Object.entries(part)) {
      if (key === "target") assignedIn(inner).forEach((name) => wanted.delete(name));
      else if (key !== "parameters" && key !== "targets") search(inner);
    }
  };
  search(body);
  return found;
}

function assignedIn(target: unknown): string[] {
  const names = new Set<string>();
  const collect = { assign: (name: string) => names.add(name), read: () => {} };
  assignAll(target as Expression, collect as unknown as Names);
  return [...names];
}

function assignAll(target: Expression, names: Names): void {
  if (target.kind === "tuple") target.items.forEach((item) => assignAll(item, names));
  else if (target.kind === "name") names.assign(target.name);
  else if (target.kind === "member") names.read(target.name);
}

function giveAll(target: Expression, names: Names): void {
  if (target.kind === "tuple") target.items.forEach((item) => giveAll(item, names));
  else if (target.kind === "name") names.give(target.name);
}

/** Every name that an expression reads. */
function readAll(expression: unknown, names: Names): void {
  if (Array.isArray(expression)) return expression.forEach((part) => readAll(part, names));
  if (typeof expression !== "object" || expression === null) return;
  const node = expression as { kind?: string; name?: string };
  if (node.kind === "name") return names.read(node.name!);
  if (node.kind === "constant") return;
  for (const part of Object.values(expression)) readAll(part, names);
}
