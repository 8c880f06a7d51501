/**
 * A repository of the hub: the commit that a revision names, and the files of that commit.
 *
 * @module
 */

import { listFiles, modelInfo } from "@huggingface/hub";
import { z } from "zod";
import { AbacusError } from "../../errors.ts";
import type { Digest } from "./digest.ts";
import { failedPull, type HubPlace } from "./hub_error.ts";

/** A file of the repository. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
}

/** The files at the top of a repository, at one commit. */
export interface Repository {
  readonly id: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** What is listed, and how. */
export interface RepositoryOptions extends HubPlace {
  readonly revision: string;
  readonly fetch: typeof fetch;
}

const MOST_FILES = 10_000;

const commitHash = z.string().regex(/^[0-9a-f]{40}$/);

const entry = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  oid: commitHash.optional(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() })
    .optional(),
});

/**
 * Lists a repository. The files are listed at the commit that the revision names at first, so that a
 * push in between cannot mix two versions of a model.
 *
 * @throws {AbacusError} what `fetch` throws, and `bad_model` where the answer has an unknown form
 */
export async function listRepository(options: RepositoryOptions): Promise<Repository> {
  const { id, revision, hubUrl, fetch } = options;
  try {
    const info = await modelInfo({ name: id, revision, hubUrl, fetch, additionalFields: ["sha"] });
    const commit = commitHash.parse(info.sha);
    const files: HubFile[] = [];
    for await (
      const listed of listFiles({
        repo: { type: "model", name: id },
        revision: commit,
        hubUrl,
        fetch,
      })
    ) {
      const file = readEntry(listed);
      if (file !== undefined) files.push(file);
      if (files.length > MOST_FILES) throw new TypeError(`more than ${MOST_FILES} files`);
    }
    return { id, commit, files };
  } catch (error) {
    if (error instanceof AbacusError) throw error;
    const reason = error instanceof z.ZodError ? error.issues[0]?.message : String(error);
    throw failedPull(`${hubUrl} lists ${id} in an unknown form`, reason ?? "", error);
  }
}

/** Skips folders, hidden files and names that are paths. */
function readEntry(listed: unknown): HubFile | undefined {
  const { type, path, size, oid, lfs } = entry.parse(listed);
  if (type !== "file" || !/^[^/\\\0]+$/.test(path) || path.startsWith(".")) return undefined;
  if (lfs !== undefined) {
    return { path, bytes: lfs.size, digest: { algorithm: "sha256", hex: lfs.oid } };
  }
  if (oid === undefined) throw new TypeError(`no digest of ${path}`);
  return { path, bytes: size, digest: { algorithm: "git-sha1", hex: oid } };
}
