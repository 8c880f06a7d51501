/**
 * Template: Jinja templates as transformers renders them.
 *
 * Chat templates are programs that were written for Python's Jinja, in the sandbox that transformers
 * sets up: `trim_blocks`, `lstrip_blocks`, `break` and `continue`, the tag `generation`, and lists and dicts
 * that cannot be changed. This engine is written for them alone, since no library renders them as
 * Python does: @huggingface/jinja 0.5 loses what a loop wrote before `continue`, prints `true` and `[a]`
 * where Python prints `True` and `['a']`, knows one type of number and JavaScript's idea of space, and
 * has no `with`, `raw` or `%`; its interpreter and its syntax tree are not open to be mended. nunjucks is
 * no Jinja, and MiniJinja prints as Rust does. A text that differs by one character is another score.
 *
 * What this engine does not know is an error that says so. `tests/oracle/jinja.py` holds it to Jinja.
 *
 * @module
 */

import { Budget, type Limits } from "./budget.ts";
import { Executor } from "./execute.ts";
import { EngineFailure } from "./failure.ts";
import { globals } from "./globals.ts";
import { parseTemplate, type TemplateTree } from "./parser.ts";
import { Scope } from "./scope.ts";
import type { Value } from "./values.ts";

/** See the module. */
export class Template {
  readonly #tree: TemplateTree;

  /** @throws {TemplateFailure} where the template is no Jinja, or uses what this engine does not know */
  constructor(source: string) {
    this.#tree = withinStack(() => parseTemplate(source));
  }

  /**
   * Renders the template.
   *
   * @param variables what it finds by name, besides Jinja's own functions
   * @throws {TemplateFailure} a `RaisedByTemplate` where the template raises on purpose, a
   * `PythonFailure` where it fails as it would in Python, an `EngineFailure` beyond a limit or where it
   * uses what this engine does not know
   */
  render(variables: Iterable<readonly [string, Value]>, limits?: Limits): string {
    const all = new Map([...globals, ...variables]);
    const { body, names } = this.#tree;
    return withinStack(() => new Executor(new Budget(limits)).render(body, new Scope(names, all)));
  }
}

/** JavaScript's stack may be smaller than every limit. */
function withinStack<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new EngineFailure(`the template is too deep or its texts too long (${cause.message})`);
    }
    throw cause;
  }
}
