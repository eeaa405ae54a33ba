import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createTheme, readableOn } from "../../../../../src/gateway/http/page/theme.ts";
import { chooseLanguage, textsIn } from "../../../../../src/gateway/http/page/wording.ts";

/** @see WCAG 2.2, relative luminance; written down apart from the code under test. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const channel = (at: number): number => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return value <= 0.03928 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test("what is written on any accent can be read", () => {
  const channel = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, "0"));
  fc.assert(
    fc.property(channel, channel, channel, (red, green, blue) => {
      const color = `#${red}${green}${blue}`;
      assert.ok(contrast(color, readableOn(color)) >= 4.5, color);
    }),
  );
});

test("a logo is told by its content, and its name changes with it", () => {
  const theme = {
    name: "x",
    accent: "#000000",
    background: "#ffffff",
    language: "en",
    texts: {},
  } as const;
  const svg = createTheme({
    ...theme,
    logo: Buffer.from('<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x"/>'),
  });
  assert.equal(svg.logo?.type, "image/svg+xml");
  const png = createTheme({ ...theme, logo: Buffer.from("89504e470d0a1a0a0000", "hex") });
  assert.equal(png.logo?.type, "image/png");
  assert.notEqual(svg.logo?.name, png.logo?.name);
  for (const logo of ["<html><svg>", "GIF89a", "MZ", ""])
    assert.throws(() => createTheme({ ...theme, logo: Buffer.from(logo) }), /no PNG/);
});

test("a person is spoken to in the language that the application or the browser asks for", () => {
  const cases: readonly (readonly [string | undefined, string | undefined, string])[] = [
    [undefined, undefined, "en"],
    [undefined, "de-AT,de;q=0.9,en;q=0.5", "de"],
    [undefined, "fr,en;q=0.4,de;q=0.7", "de"],
    [undefined, "de;q=0,en", "en"],
    [undefined, "*;q=0.1, x", "en"],
    ["de", "en", "de"],
    ["fr de-CH", "en", "de"],
  ];
  for (const [asked, accepted, language] of cases)
    assert.equal(chooseLanguage("en", asked, accepted), language, `${asked} ${accepted}`);
});

test("an installation's own words stand instead of the shipped ones, in their language alone", () => {
  const changed = { de: { title: "Willkommen" } };
  assert.equal(textsIn("de", changed).title, "Willkommen");
  assert.equal(textsIn("en", changed).title, "Log in");
});
