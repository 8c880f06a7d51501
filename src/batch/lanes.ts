/**
 * Lanes: an engine of several replicas runs as many batches at a time. What waits is divided among those that are
 * free, so that none is idle while another has all the work.
 *
 * @module
 */

import type { BatchPlan, Waiting, WaitingCall } from "./plan.ts";

/**
 * The part of a plan that one of so many free lanes gets: groups up to its share of the tokens. A group is not
 * torn apart, as its prompt would be computed twice. Where more waits than a batch may hold, there is enough for
 * everybody, and the lane gets all of the plan.
 */
export function partOf<Entry extends Waiting, Call extends WaitingCall<Entry>>(
  plan: BatchPlan<Entry, Call>,
  freeLanes: number,
): BatchPlan<Entry, Call> {
  if (plan.full || freeLanes <= 1) return plan;
  const groups = [...Map.groupBy(plan.batch, ({ group }) => group).values()];
  const share = groups.reduce((sum, group) => sum + costOf(group), 0) / freeLanes;
  const part: Entry[] = [];
  let tokens = 0;
  for (const group of groups) {
    if (part.length > 0 && tokens + costOf(group) / 2 > share) break;
    part.push(...group);
    tokens += costOf(group);
  }
  // No call has had its turn before the whole plan is handed out.
  return part.length === plan.batch.length ? plan : { batch: part, served: [], full: false };
}

/** Tokens that go through the model: the shared ones once. */
function costOf(group: readonly Waiting[]): number {
  const [{ sharedTokens }] = group as [Waiting];
  return group.reduce((sum, each) => sum + each.tokens - each.sharedTokens, sharedTokens);
}
