/**
 * A real browser: Debian's Chromium, with a profile that is new and gone afterwards.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { createScratch } from "./scratch.ts";

export interface Chromium extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Kept for whoever looks at the test run; the path is printed. */
  screenshot(page: Page, name: string): Promise<void>;
}

export interface ChromiumOptions {
  readonly javaScript?: boolean;
  readonly locale?: string;
  readonly dark?: boolean;
  readonly width?: number;
  /** Beside the usual ones. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it finds in its profile, and beside it. */
  readonly preferences?: object;
  readonly localState?: object;
}

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const artefacts = join(
  import.meta.dirname,
  "..",
  "..",
  "node_modules",
  ".cache",
  "drawbridge",
  "screenshots",
);
const launchTimeoutMs = 60_000;
const stepTimeoutMs = 30_000;

export async function startChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("chromium"));
  const profile = join(scratch.folder, "profile");
  if (options.preferences !== undefined) {
    await mkdir(join(profile, "Default"), { recursive: true });
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(options.preferences));
  }
  if (options.localState !== undefined) {
    await mkdir(profile, { recursive: true });
    await writeFile(join(profile, "Local State"), JSON.stringify(options.localState));
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [...args, ...(options.args ?? [])],
    ...(options.env && { env: { ...process.env, ...options.env } }),
    timeout: launchTimeoutMs,
    locale: options.locale ?? "en-GB",
    javaScriptEnabled: options.javaScript ?? true,
    colorScheme: options.dark === true ? "dark" : "light",
    viewport: { width: options.width ?? 1_000, height: 800 },
  });
  context.setDefaultTimeout(stepTimeoutMs);
  cleanup.defer(() => context.close());
  const owned = cleanup.move();
  return {
    context,
    async screenshot(page, name) {
      await mkdir(artefacts, { recursive: true });
      await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
