/**
 * A section of the catalogue of errors.
 *
 * @module
 */

/** An error, by its message as the source writes it: `…` stands for what is filled in. */
export interface Entry {
  readonly message: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Errors of one subject, in the order of the page. */
export interface Section {
  readonly title: string;
  /** Files and folders of src/ that they come from. */
  readonly places: readonly string[];
  readonly entries: readonly Entry[];
}

type Row = readonly [message: string, cause: string, remedy: string];

/** A section of rows: each a message, its cause and its remedy. */
export function section(title: string, places: readonly string[], rows: readonly Row[]): Section {
  return {
    title,
    places,
    entries: rows.map(([message, cause, remedy]) => ({ message, cause, remedy })),
  };
}
