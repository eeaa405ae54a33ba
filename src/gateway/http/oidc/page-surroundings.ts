/**
 * To whom a page speaks: the language of the browser or of the application's wish, and the application's name.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { createAssets } from "../page/assets.ts";
import type { Assets } from "../page/assets.ts";
import type { Surroundings } from "../page/layout.ts";
import type { Theme } from "../page/theme.ts";
import { chooseLanguage, textsIn } from "../page/wording.ts";

export interface Pages {
  readonly assets: Assets;
  surroundings(request: IncomingMessage, params: Asked): Surroundings;
}

/** What an application asked with, as far as it matters here. */
export interface Asked {
  readonly application?: string | undefined;
  readonly locales?: string | undefined;
}

/** @param base  Path of the issuer, without a slash at its end. */
export function createPages(theme: Theme, base: string): Pages {
  const assets = createAssets(theme);
  return {
    assets,
    surroundings(request, { application = theme.name, locales }) {
      const language = chooseLanguage(theme.language, locales, request.headers["accept-language"]);
      const texts = textsIn(language, theme.texts);
      return { theme, assets, assetPath: `${base}${assetFolder}/`, language, texts, application };
    },
  };
}

export const assetFolder = "/assets";
