/**
 * Window: which tokens of its sequence a row sees, by how far they are away.
 *
 * Causal attention is a window that ends at the row itself; a sliding one (arXiv 2004.05150) starts late
 * too, and that of an encoder ends behind the row.
 *
 * @module
 */

/** How many tokens a row sees before its own and behind it; `Infinity` for all there are. */
export interface Window {
  readonly left: number;
  readonly right: number;
}

/** Whether a token sees only what stands before it, or the whole of its sequence. */
export type AttentionKind = "causal" | "bidirectional";

/** What rows see in a layer of that kind of attention, which may have a window of its own. */
export function visibleWindow(
  { window = { left: Infinity, right: Infinity } }: { readonly window?: Window },
  kind: AttentionKind,
): Window {
  return { left: window.left, right: kind === "causal" ? 0 : window.right };
}

/** Every token up to its own. */
export const CAUSAL: Window = { left: Infinity, right: 0 };

/**
 * The name of what is laid out for a window, as the planner gives it and graphs ask for it: for `inner`
 * `inner` itself where attention is causal, `inner.left4095`, `inner.left64.right64`.
 */
export function windowed(name: string, { left, right }: Window): string {
  return name + (left === Infinity ? "" : `.left${left}`) + (right === 0 ? "" : `.right${right}`);
}

/** Windows without those that come again. */
export function distinctWindows(windows: readonly Window[]): Window[] {
  return [...new Map(windows.map((window) => [windowed("", window), window])).values()];
}
