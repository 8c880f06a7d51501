/**
 * Processes as the system counts them. Deno gives no test the right to read below /proc, short of every
 * right, so a shell reads there.
 *
 * @module
 */

/** The ids of processes that one has started and that have not ended, ascending, those of zombies as well. */
export async function livingChildren(parent: number = Deno.pid): Promise<number[]> {
  const stats = (await shell("cat /proc/[0-9]*/stat")).split("\n");
  const found = stats.flatMap((stat) => {
    const [, id, command, rest = ""] = /^(\d+) \((.*)\) (.*)$/.exec(stat) ?? [];
    const isReader = command === "sh" || command === "cat";
    return !isReader && Number(rest.split(" ")[1]) === parent ? [Number(id)] : [];
  });
  return found.toSorted((one, other) => one - other);
}

/** What /proc tells of a process in one of its files; nothing where it has ended. */
export async function procFile(pid: number, name: "cmdline" | "stat" | "status"): Promise<string> {
  return await shell(`cat /proc/${pid}/${name}`);
}

async function shell(script: string): Promise<string> {
  const command = new Deno.Command("sh", { args: ["-c", script], stderr: "null" });
  return new TextDecoder().decode((await command.output()).stdout);
}
