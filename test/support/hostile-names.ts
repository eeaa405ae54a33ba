/**
 * Characters that are syntax somewhere between a login page and a directory: in distinguished names, filters, URLs, shells.
 *
 * @module
 */

export const hostileNames: readonly string[] = [
  "comma, name",
  'double"quote',
  "single'quote",
  "#hash",
  "plus+plus",
  "semi;colon",
  "less<more>",
  "equals=sign",
  "slash/slash",
  "star*paren(x)",
  "amp&pipe|bang!",
  "percent%20",
  "ünïcödé",
  "日本語",
  "emoji 🔑",
  "e\u0301 combining",
  "{braces} [brackets]",
  "tilde~caret^colon:",
];
