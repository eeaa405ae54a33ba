/**
 * What axe-core finds wrong with a page in a real browser.
 *
 * @module
 */

import axe from "axe-core";
import type { Page } from "playwright-core";

/** Rules and elements, as `color-contrast: #username`; WCAG 2.2 A and AA, and the best practices. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const checker = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await checker.run();
    return violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => String(target)) }));
  });
  return found.flatMap(({ id, targets }) => targets.map((target) => `${id}: ${target}`));
}
