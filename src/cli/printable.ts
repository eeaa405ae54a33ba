/**
 * What came from elsewhere, for a terminal that it must not steer.
 *
 * @module
 */

export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "�");
}
