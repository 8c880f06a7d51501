/**
 * The one line that says which tensors of a checkpoint are not as transformers writes them now, though the
 * result does not depend on that: other names, tensors that nobody reads, float64.
 *
 * @module
 */

import { listed, shown } from "../weights/bad_model.ts";
import type { Ledger } from "../weights/ledger.ts";

/** What a ledger knows once its model has taken what it needs. */
export type Settled = Pick<Ledger, "taken" | "ignored" | "renamed">;

/** The line, or none where every tensor is as it should be. */
export function notesOf(source: string, ledger: Settled): string[] {
  const parts = [...renamed(ledger), ...unread(ledger), ...wide(ledger)];
  return parts.length === 0 ? [] : [`${source}: ${parts.join("; ")}`];
}

function* renamed({ renamed }: Settled): Generator<string> {
  if (renamed.length === 0) return;
  const names = renamed.map(({ stored, name }) => `${shown(stored)} for ${shown(name)}`);
  yield `${counted(names.length)} under another name than transformers gives (${listed(names)})`;
}

function* unread({ ignored }: Settled): Generator<string> {
  for (const [reason, own] of Map.groupBy(ignored, ({ reason }) => reason)) {
    const names = own.map(({ tensor }) => shown(tensor.name));
    yield `${counted(names.length)} not read, as ${reason} (${listed(names)})`;
  }
}

function* wide({ taken }: Settled): Generator<string> {
  const names = taken.filter(({ dtype }) => dtype === "float64").map(({ name }) => shown(name));
  if (names.length > 0) yield `${counted(names.length)} of float64, rounded (${listed(names)})`;
}

function counted(count: number): string {
  return count === 1 ? "1 tensor" : `${count} tensors`;
}
