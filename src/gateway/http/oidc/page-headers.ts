/**
 * What browsers may do with the pages, beside showing them.
 *
 * @module
 */

/** Pages of ours: nothing but their own style sheet, script and logo, and forms that come back here. */
export const pageHeaders = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  // Not no-referrer: with that, browsers do not say which page a form came from.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/**
 * Answers of the library: it adds the hash of a script that it needs itself, and sends forms on to applications.
 *
 * @param redirects  Where applications may be returned to. Browsers check redirects after a form against `form-action`, too.
 */
export function libraryHeaders(redirects: readonly string[]): Readonly<Record<string, string>> {
  const origins = [...new Set(redirects.flatMap(formTarget))].join(" ");
  return {
    ...pageHeaders,
    "content-security-policy": `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self' ${origins}; base-uri 'none'; frame-ancestors 'none'`,
  };
}

/** The origin, or for an application on a phone its own scheme. */
function formTarget(uri: string): readonly string[] {
  const { origin, protocol } = new URL(uri);
  return [origin === "null" ? protocol : origin];
}
