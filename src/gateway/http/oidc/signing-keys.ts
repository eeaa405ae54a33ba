/**
 * The keys that ID tokens are signed with.
 *
 * The first one signs, all are published: a new key is added at the end, becomes the first once every application has seen it, and the
 * old one goes when no token of it is left.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { JWK, SigningAlgorithm } from "oidc-provider";

export interface SigningKeys {
  /** Private; the library publishes their public halves and names each by its thumbprint. */
  readonly keys: readonly JWK[];
  /** Of the first key. */
  readonly algorithm: SigningAlgorithm;
}

const rsaBitsMin = 2_048;

/**
 * @param pems  PKCS#8: RSA from 2048 bits, P-256, or Ed25519.
 * @throws {Error} for one that cannot sign, naming its place in the list.
 */
export function importSigningKeys(pems: readonly string[]): SigningKeys {
  const imported = pems.map((pem, index) => {
    const key = readKey(pem);
    const algorithm = key === undefined ? "is no private key in PEM form (PKCS#8)" : algorithmOf(key);
    if (key === undefined || !isAlgorithm(algorithm)) throw new Error(`key ${index + 1} ${algorithm}`);
    const jwk: JWK = { ...key.export({ format: "jwk" }), use: "sig", alg: algorithm };
    return { algorithm, jwk };
  });
  const [first] = imported;
  if (first === undefined) throw new Error("there is no key to sign with");
  return { keys: imported.map(({ jwk }) => jwk), algorithm: first.algorithm };
}

/** Why it is none is not told: the decoder's reasons may quote it. */
function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const algorithms = ["RS256", "ES256", "EdDSA"] as const;

function isAlgorithm(text: string): text is (typeof algorithms)[number] {
  return algorithms.some((algorithm) => algorithm === text);
}

/** The algorithm, or what is wrong with the key. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  switch (asymmetricKeyType) {
    case "rsa": {
      const isLong = (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin;
      return isLong ? "RS256" : `is an RSA key with less than ${rsaBitsMin} bits`;
    }
    case "ec":
      return asymmetricKeyDetails?.namedCurve === "prime256v1" ? "ES256" : "is on another curve than P-256";
    case "ed25519":
      return "EdDSA";
    default:
      return "is neither RSA nor P-256 nor Ed25519";
  }
}
