/**
 * Nodes: what a template is parsed to. The tree is Jinja's own, less what chat templates cannot use.
 *
 * @module
 */

import type { Names } from "./names.ts";
import type { Value } from "./values.ts";

/** An expression. */
export type Expression =
  | { readonly kind: "constant"; readonly value: Value }
  | Name
  | { readonly kind: "member"; readonly name: string; readonly attribute: string }
  | TupleNode
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | {
    readonly kind: "binary";
    readonly operator: string;
    readonly left: Expression;
    readonly right: Expression;
  }
  | { readonly kind: "sign"; readonly operator: "+" | "-"; readonly operand: Expression }
  | { readonly kind: "not"; readonly operand: Expression }
  | {
    readonly kind: "compare";
    readonly first: Expression;
    readonly rest: readonly (readonly [operator: string, operand: Expression])[];
  }
  | { readonly kind: "concat"; readonly parts: readonly Expression[] }
  | {
    readonly kind: "conditional";
    readonly test: Expression;
    readonly then: Expression;
    readonly otherwise: Expression | undefined;
  }
  | { readonly kind: "attribute"; readonly object: Expression; readonly name: string }
  | { readonly kind: "item"; readonly object: Expression; readonly key: Expression }
  | SliceNode
  | CallNode
  | FilterNode
  | TestNode;

/** A name that is read, assigned, or given by whoever opens the scope. */
export interface Name {
  readonly kind: "name";
  readonly name: string;
}

/** Several values, or several targets of an assignment. */
export interface TupleNode {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
}

/** The bounds of a slice. */
export interface SliceNode {
  readonly kind: "slice";
  readonly bounds: readonly (Expression | undefined)[];
}

/** What stands in the parentheses of a call. */
export interface ArgumentNodes {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  readonly spread: Expression | undefined;
  readonly spreadNamed: Expression | undefined;
}

/** A call. */
export interface CallNode {
  readonly kind: "call";
  readonly callee: Expression;
  readonly given: ArgumentNodes;
}

/** A filter; its operand is absent where it filters the text of a block. */
export interface FilterNode {
  readonly kind: "filter";
  readonly operand: Expression | undefined;
  readonly name: string;
  readonly given: ArgumentNodes;
}

/** A test, as in `x is defined`. */
export interface TestNode {
  readonly kind: "test";
  readonly operand: Expression;
  readonly name: string;
  readonly given: ArgumentNodes;
}

/** Statements in their order. */
export type Block = readonly Statement[];

/** A statement. Those with `names` open a scope, whose names are found when the template is parsed. */
export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | ForNode
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: Block }
  | MacroNode
  | CallBlockNode
  | { readonly kind: "set"; readonly target: Expression; readonly value: Expression }
  | SetBlockNode
  | ScopeNode
  | { readonly kind: "break" }
  | { readonly kind: "continue" };

/** One of the conditions of an if. */
export interface Branch {
  readonly test: Expression;
  readonly body: Block;
}

/** A loop. */
export interface ForNode {
  readonly kind: "for";
  readonly target: Expression;
  readonly iterable: Expression;
  readonly test: Expression | undefined;
  readonly recursive: boolean;
  readonly body: Block;
  readonly otherwise: Block;
  names?: { readonly body: Names; readonly otherwise: Names; readonly test: Names };
}

/** The parameters and the body of a macro or of the block of a call. */
export interface Signature {
  readonly parameters: readonly Name[];
  /** The defaults of the last parameters. */
  readonly defaults: readonly Expression[];
  readonly body: Block;
  names?: Names;
  /** Which of `caller`, `kwargs` and `varargs` the body reads. */
  special?: ReadonlySet<string>;
}

/** A macro. */
export interface MacroNode extends Signature {
  readonly kind: "macro";
  readonly name: string;
}

/** A call with a block, which the callee knows as `caller`. */
export interface CallBlockNode extends Signature {
  readonly kind: "call_block";
  readonly call: CallNode;
}

/** An assignment of what a block writes. */
export interface SetBlockNode {
  readonly kind: "set_block";
  readonly target: Expression;
  readonly filter: Expression | undefined;
  readonly body: Block;
  names?: Names;
}

/** `with`, a filter block, or `generation`: a scope that may hold values or filter what it writes. */
export interface ScopeNode {
  readonly kind: "scope";
  readonly targets: readonly Expression[];
  readonly values: readonly Expression[];
  readonly filter: Expression | undefined;
  readonly body: Block;
  names?: Names;
}
