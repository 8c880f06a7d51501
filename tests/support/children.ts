/**
 * The processes that this one has started and that have not ended, as the system counts them.
 *
 * @module
 */

/** Their ids, ascending, those of zombies as well; of those that a certain process has started. */
export async function livingChildren(parent: number = Deno.pid): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (/^\d+$/.test(name) && await parentOf(name) === parent) found.push(Number(name));
  }
  return found.toSorted((one, other) => one - other);
}

async function parentOf(pid: string): Promise<number | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
