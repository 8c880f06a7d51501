/**
 * The memory of a process with all that it has started, as Linux tells it.
 *
 * @module
 */

/** Resident bytes of a process and of its children. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const own = 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  const children = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`), async ({ name }) => {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`).catch(() => "");
    return text.split(" ").filter(Boolean).map(Number);
  });
  const parts = await Promise.all(children.flat().map(residentBytes));
  return parts.reduce((sum, bytes) => sum + bytes, own);
}
