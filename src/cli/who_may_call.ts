/**
 * Who may call a server and how: the keys and the certificate that its settings name.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import { type Certificate, readCertificate } from "../http/certificate.ts";
import { readKeyFile } from "../http/key_file.ts";
import { KeyRing } from "../http/keys.ts";
import type { Settings } from "../settings.ts";
import type { Call } from "./command.ts";

/**
 * The keys of --api-key or --api-key-file; undefined where anybody may call. The file is read again on every
 * SIGHUP; one that is wrong then changes nothing, and a line says so.
 *
 * @throws {AbacusError} `bad_usage` for both at once, and for a file that cannot be used
 */
export async function keysOf(
  { settings: { apiKey, apiKeyFile }, parent, terminal }: Pick<
    Call<"apiKey" | "apiKeyFile">,
    "settings" | "parent" | "terminal"
  >,
): Promise<KeyRing | undefined> {
  if (apiKeyFile === undefined) return apiKey === undefined ? undefined : KeyRing.of(apiKey);
  if (apiKey !== undefined) {
    throw badUsage("use the keys as --api-key and --api-key-file exclude each other", apiKeyFile);
  }
  const keys = new KeyRing(await readKeyFile(apiKeyFile));
  parent?.onHangUp(async () => terminal.note(await readAgain(keys, apiKeyFile)));
  return keys;
}

/** @returns what became of it, in a line */
async function readAgain(keys: KeyRing, path: string): Promise<string> {
  try {
    keys.replace(await readKeyFile(path));
    return `abacus: read ${keys.size} keys again from ${path}`;
  } catch (error) {
    return `abacus: kept the old ${keys.size} keys: ${messageOf(error)}`;
  }
}

/**
 * The certificate of --tls-cert and --tls-key; undefined for plain HTTP.
 *
 * @throws {AbacusError} `bad_usage` for one without the other, and for files that cannot be used
 */
export async function certificateOf(
  { tlsCert, tlsKey }: Pick<Settings, "tlsCert" | "tlsKey">,
): Promise<Certificate | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const given = tlsCert ?? tlsKey ?? "none";
    throw badUsage("use the certificate as --tls-cert and --tls-key need each other", given);
  }
  return await readCertificate({ certPath: tlsCert, keyPath: tlsKey });
}

function badUsage(what: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot ${what}: received ${received}`);
}
