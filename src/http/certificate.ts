/**
 * The certificate of a server that speaks HTTPS: two files in PEM, checked before the server listens so
 * that an error names the file.
 *
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { AbacusError, messageOf } from "../errors.ts";

/** A certificate (and its chain) with its key, both in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Where a certificate and its key are. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * Reads a certificate and its key.
 *
 * @throws {AbacusError} `bad_usage` for a file that cannot be read or holds something else, and for a key
 * of another certificate
 */
export async function readCertificate(
  { certPath, keyPath }: CertificateFiles,
): Promise<Certificate> {
  const [cert, key] = [await readPem(certPath), await readPem(keyPath)];
  const parsed = parsePem(() => new X509Certificate(cert), {
    ...{ path: certPath, what: "certificate in PEM" },
  });
  const parsedKey: KeyObject = parsePem(() => createPrivateKey(key), {
    ...{ path: keyPath, what: "private key in PEM without a password" },
  });
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw badFile(`it is not the key of the certificate in ${certPath}`, keyPath);
  }
  return { cert, key };
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw badFile(messageOf(cause), path, cause);
  }
}

/** The messages of parsers tell nothing of use, and might quote the key. */
function parsePem<Value>(
  parse: () => Value,
  { path, what }: { path: string; what: string },
): Value {
  try {
    return parse();
  } catch {
    throw badFile(`it holds no ${what}`, path);
  }
}

function badFile(reason: string, path: string, cause?: unknown): AbacusError {
  const message = `Cannot use the certificate as ${reason}: received ${path}`;
  return new AbacusError("bad_usage", message, { cause });
}
