/**
 * What came of the guesses, and which promises were broken.
 *
 * @module
 */

export interface Owners {
  readonly tried: number;
  readonly letIn: number;
  /** Whose first try died with a gateway, or came before it was known what had become of another guess there. */
  readonly waited: number;
  readonly longestSeconds: number;
  /** Whom nothing let in, and the last answer. */
  readonly refusals: readonly string[];
}

export interface GuessFigures {
  readonly guesses: number;
  readonly accounts: number;
  readonly addresses: number;
  readonly seconds: number;
  readonly ends: Readonly<
    Partial<Record<"accepted" | "reached" | "throttled" | "unavailable" | "lost", number>>
  >;
  /** By the connectors, owners' included. */
  readonly passwordsChecked: number;
  /** When the guesses were over, before anybody logged in again. */
  readonly locked: number;
  /** Wrong passwords that would have locked the account that was nearest to it. */
  readonly nearestToLockout: number;
  readonly lockedAtEnd: number;
  readonly owners: Readonly<Record<"before" | "during" | "afterAtHome" | "afterElsewhere", Owners>>;
  /** Owners who share an address with somebody who guesses, after their first login: not among the others. */
  readonly neighbours: Owners;
  readonly storeFailures: number;
}

export function complaintsAbout({
  guesses,
  ends,
  locked,
  nearestToLockout,
  lockedAtEnd,
  owners,
}: GuessFigures) {
  const { accepted = 0, reached = 0, throttled = 0, unavailable = 0, lost = 0 } = ends;
  const promises: readonly (readonly [kept: boolean, promise: string])[] = [
    [accepted === 0, "no guess is accepted"],
    [reached + throttled + unavailable + lost + accepted === guesses, "each guess has one end"],
    [reached > 0 && throttled > reached, "most guesses stop at the gateway"],
    [unavailable === 0, "no guess makes anything unavailable"],
    [locked === 0 && lockedAtEnd === 0, "no account is locked"],
    [nearestToLockout >= 1, "each account has a wrong password left"],
    ...Object.entries(owners).map(
      ([when, { tried, letIn }]) => [tried > 0 && letIn === tried, `every owner gets in (${when})`] as const,
    ),
  ];
  return promises.filter(([kept]) => !kept).map(([, promise]) => promise);
}

const nameWidth = 52;
const columnWidth = 9;

export function tableOf(figures: GuessFigures): string {
  const { ends, owners } = figures;
  const row = (name: string, ...cells: readonly (number | string)[]): string =>
    name.padEnd(nameWidth) + cells.map((cell) => String(cell).padStart(columnWidth)).join("");
  const ofOwners = (name: string, { tried, letIn, waited, longestSeconds }: Owners): string =>
    row(`  ${name}`, tried, letIn) +
    (waited === 0 ? "" : `   ${waited} later, after ${longestSeconds} s at most: a gateway had died`);
  return [
    row(
      `guesses (${figures.seconds.toFixed(0)} s, ${figures.addresses} addresses, two gateways)`,
      figures.guesses,
    ),
    row("  refused by the gateway", ends.throttled ?? 0),
    row("  reached the directory", ends.reached ?? 0),
    row("  unavailable", ends.unavailable ?? 0),
    row("  without an answer, when a gateway was killed", ends.lost ?? 0),
    row("  accepted", ends.accepted ?? 0),
    row("passwords checked by the connectors, owners' too", figures.passwordsChecked),
    row("accounts", figures.accounts),
    row("  locked after the guesses", figures.locked),
    row("  wrong passwords left to the one nearest to it", figures.nearestToLockout),
    row("  locked at the end", figures.lockedAtEnd),
    row("owners' logins", "tried", "let in"),
    ofOwners("before, from where they will always come", owners.before),
    ofOwners("during the guesses, from there", owners.during),
    ofOwners("after, from there", owners.afterAtHome),
    ofOwners("after that, from a new place", owners.afterElsewhere),
    ofOwners("from an address that others guess from", figures.neighbours),
    row("operations of the store that failed", figures.storeFailures),
  ].join("\n");
}
