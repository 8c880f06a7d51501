/**
 * The CPU time of a process and of those that it has started, as Linux tells it.
 *
 * @module
 */

import { livingChildren, procFile } from "../../support/children.ts";

/** Of a second, in /proc: USER_HZ. */
const TICKS = 100;

/** Seconds of CPU time since the start: of the process itself, and of its children that live. */
export async function cpuSeconds(pid: number): Promise<{ own: number; children: number }> {
  const parts = await Promise.all((await livingChildren(pid)).map(cpuSeconds));
  const children = parts.reduce((sum, { own, children }) => sum + own + children, 0);
  return { own: await ownSeconds(pid), children };
}

async function ownSeconds(pid: number): Promise<number> {
  // The name of the program stands in parentheses, and may hold anything.
  const fields = (await procFile(pid, "stat")).replace(/^.*\) /s, "").split(" ");
  const [user, system] = [fields[11], fields[12]].map(Number);
  return (user! + system!) / TICKS;
}
