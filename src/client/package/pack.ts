/**
 * Makes the archive of the client's npm package:
 *
 *     deno task client:pack [FOLDER]
 *
 * @module
 */

import process from "node:process";
import { buildPackage } from "./build.ts";

/**
 * Builds the package and packs it.
 *
 * @param folder where the archive goes
 * @returns the archive's name
 * @throws {Error} with npm's message where it fails
 */
export async function packClient(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const built = await Deno.makeTempDir();
  try {
    await buildPackage(built);
    const command = new Deno.Command("npm", {
      args: [
        "pack",
        built,
        "--pack-destination",
        folder,
        "--ignore-scripts",
        "--json",
        "--offline",
      ],
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(`Cannot pack as npm says: ${new TextDecoder().decode(stderr)}`);
    const [packed] = JSON.parse(new TextDecoder().decode(stdout));
    return packed.filename;
  } finally {
    await Deno.remove(built, { recursive: true });
  }
}

if (import.meta.main) {
  const [folder = "tmp"] = process.argv.slice(2);
  process.stdout.write(`${folder}/${await packClient(folder)}\n`);
}
