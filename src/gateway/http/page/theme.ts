/**
 * How the pages look at one installation.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Language } from "./texts.ts";
import type { ChangedTexts } from "./wording.ts";

export interface ThemeOptions {
  readonly name: string;
  readonly logo?: Buffer;
  /** `#rrggbb`, of buttons. */
  readonly accent: string;
  /** `#rrggbb`, behind the form, in light surroundings. */
  readonly background: string;
  /** For browsers that ask for none of those that there are. */
  readonly language: Language;
  readonly texts: Readonly<Partial<Record<Language, ChangedTexts>>>;
}

export interface Theme extends Omit<ThemeOptions, "logo"> {
  readonly logo?: Asset;
}

/** A file that pages load; its name changes with its content, so that it may be kept for ever. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

/** @throws {Error} when the logo is none of the kinds of picture that every browser shows. */
export function createTheme({ logo, ...options }: ThemeOptions): Theme {
  if (logo === undefined) return options;
  const kind = pictureKind(logo);
  if (kind === undefined) throw new Error("the logo is no PNG, JPEG, WebP or SVG picture");
  return { ...options, logo: createAsset("logo", kind.extension, kind.type, logo) };
}

export function createAsset(name: string, extension: string, type: string, body: Buffer): Asset {
  const digest = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return { name: `${name}-${digest}.${extension}`, type, body };
}

const pictures = [
  { extension: "png", type: "image/png", begins: "\x89PNG\r\n\x1a\n" },
  { extension: "jpg", type: "image/jpeg", begins: "\xff\xd8\xff" },
  { extension: "webp", type: "image/webp", begins: "RIFF" },
] as const;

const svg = { extension: "svg", type: "image/svg+xml" } as const;
const svgBegins = /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*<svg[\s>]/;

function pictureKind(bytes: Buffer): { readonly extension: string; readonly type: string } | undefined {
  const start = bytes.subarray(0, 2_048).toString("latin1");
  return pictures.find(({ begins }) => start.startsWith(begins)) ?? (svgBegins.test(start) ? svg : undefined);
}

/**
 * Black or white, whichever can be read better on a colour: at least 4.5 to 1 on every one.
 *
 * @see WCAG 2.2, 1.4.3
 */
export function readableOn(color: string): "#000000" | "#ffffff" {
  const luminance = luminanceOf(color);
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
