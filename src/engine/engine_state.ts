/**
 * Engine state: whether what computes is alive.
 *
 * @module
 */

/** Whether a replica computes: `recovering` while what died is replaced, `failed` where that fails. */
export type EngineState = "ready" | "recovering" | "failed";

/** The state of a whole engine: that of its best replica. */
export function stateOf(
  { states = ["ready"] }: { readonly states?: readonly EngineState[] },
): EngineState {
  return (["ready", "recovering"] as const).find((state) => states.includes(state)) ?? "failed";
}
