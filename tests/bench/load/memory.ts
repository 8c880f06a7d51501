/**
 * The memory of a process with all that it has started, as Linux tells it.
 *
 * @module
 */

import { livingChildren, procFile } from "../../support/children.ts";

/** Resident bytes of a process and of its children. */
export async function residentBytes(pid: number): Promise<number> {
  const own = 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(await procFile(pid, "status"))?.[1] ?? 0);
  const parts = await Promise.all((await livingChildren(pid)).map(residentBytes));
  return parts.reduce((sum, bytes) => sum + bytes, own);
}
