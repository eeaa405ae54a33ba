/**
 * The inside of a driver: a process of its own that logs people in at one thing that is measured, as its parent says.
 *
 * @module
 */

import type { DriverOptions, Load, Measured } from "./driver.ts";
import { asAnswered, atRate, percentile } from "./rates.ts";

/** Whether the password was accepted. */
export type LogIn = (account: string) => Promise<boolean>;

export function driverOptions(): DriverOptions {
  const options: DriverOptions = JSON.parse(process.argv[2] ?? "{}");
  return options;
}

/** Says that it is ready, then measures whatever it is told to, one thing after the other. Ends with its parent. */
export function serveDriver(
  { users, accounts }: DriverOptions,
  logIn: LogIn,
  pids: readonly number[] = [],
): void {
  // In no order in which a directory could keep the next one ready.
  const accountOf = (index: number): string =>
    accounts?.[index % accounts.length] ?? `u${1 + ((index * 7) % users)}`;
  process.on("disconnect", () => process.exit());
  process.on("message", (load: Load) => {
    void measure(load, accountOf, logIn).then((measured) => process.send?.(measured));
  });
  process.send?.({ ready: true, pids });
}

async function measure(load: Load, accountOf: (index: number) => string, logIn: LogIn): Promise<Measured> {
  const times: number[] = [];
  const complaints = new Map<string, number>();
  let failed = 0;
  const one = async (index: number, sinceMs: number): Promise<void> => {
    const isAccepted = await logIn(accountOf(index)).catch((error: unknown) => {
      const complaint = String(error);
      complaints.set(complaint, (complaints.get(complaint) ?? 0) + 1);
      return false;
    });
    if (isAccepted) times.push(performance.now() - sinceMs);
    else failed += 1;
  };
  const fromMs = performance.now();
  if (load.perSecond === undefined) {
    await asAnswered(load, (index) => one(index, performance.now()));
  } else {
    const count = Math.round((load.perSecond * load.ms) / 1_000);
    await atRate({ count, perSecond: load.perSecond }, one);
  }
  const ms = performance.now() - fromMs;
  return {
    logins: times.length,
    failed,
    complaints: [...complaints].map(([complaint, count]) => `${complaint} ×${count}`),
    ms,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}
