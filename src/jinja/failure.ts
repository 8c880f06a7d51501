/**
 * How a template fails, by whose doing: its author's on purpose, its author's or the caller's by accident
 * (Python would fail too), or because this engine does not know or allow something.
 *
 * @module
 */

/** Why a template has no text. */
export abstract class TemplateFailure extends Error {}

/** What the template itself raised, by `raise_exception`. */
export class RaisedByTemplate extends TemplateFailure {}

/** The template is no Jinja: transformers cannot read it either. */
export class SyntaxFailure extends TemplateFailure {
  constructor(message: string, line?: number) {
    super(line === undefined ? message : `${message} (line ${line})`);
  }
}

/** Python's classes of errors that a template can meet. */
export type PythonErrorName =
  | "TypeError"
  | "ValueError"
  | "KeyError"
  | "IndexError"
  | "OverflowError"
  | "ZeroDivisionError"
  | "UndefinedError"
  | "SecurityError"
  | "AttributeError"
  | "AssertionError"
  | "FilterArgumentError"
  | "TemplateRuntimeError";

/** Rendering fails here in Python too. */
export class PythonFailure extends TemplateFailure {
  constructor(readonly pythonName: PythonErrorName, message: string) {
    super(`${pythonName}: ${message}`);
  }
}

/** What this engine does not know, or the limit that it sets. Python might have rendered it. */
export class EngineFailure extends TemplateFailure {}

/** Shorthand for the most frequent one. */
export function typeError(message: string): PythonFailure {
  return new PythonFailure("TypeError", message);
}
