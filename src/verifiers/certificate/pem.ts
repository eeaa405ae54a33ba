/**
 * Certificates as operators keep them: PEM, several in one file.
 *
 * @see RFC 7468 §5
 * @module
 */

import { decodeCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";

/** @throws {Error} where there is none, or one that cannot be read. */
export function certificatesIn(pem: string): readonly Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error("holds no PEM certificate");
  return blocks.map((block, index) => {
    try {
      return decodeCertificate(Buffer.from(block.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64"));
    } catch (error) {
      if (error instanceof DerError)
        throw new Error(`certificate ${index + 1} in it cannot be read`, { cause: error });
      throw error;
    }
  });
}
