/**
 * Guesses at everybody's password, from many addresses, through two gateways, while the owners log in.
 *
 * Some owners come from an address that others guess from.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startConnector, startGateway } from "../test/support/drawbridge.ts";
import type { GatewayProgram, LoginAnswer } from "../test/support/drawbridge.ts";
import { createIdentityKeys } from "../test/support/identity-keys.ts";
import { startNats } from "../test/support/nats-server.ts";
import type { Program } from "../test/support/program.ts";
import { createScratch } from "../test/support/scratch.ts";
import { startGuessedDomain } from "./guessed-domain.ts";
import type { GuessedDomain, GuessedPerson } from "./guessed-domain.ts";
import type { GuessFigures, Owners } from "./guess-figures.ts";

export interface GuessOptions {
  readonly guesses: number;
  readonly accounts: number;
  readonly addresses: number;
  readonly inFlight: number;
  /** Half of the way one gateway is killed and started again. */
  readonly restarts: boolean;
  /** Told what is being done. */
  readonly say?: (sentence: string) => void;
}

interface World extends AsyncDisposable {
  readonly domain: GuessedDomain;
  readonly connectors: readonly Program[];
  readonly gateways: [GatewayProgram, GatewayProgram];
  /** Until a killed gateway's guesses are settled, on the monotonic clock. */
  readonly unsettledUntilMs: number;
  restartGateway(): Promise<void>;
}

interface OwnersLogin {
  readonly isIn: boolean;
  /** What the last answer said. */
  readonly said: string;
  /** 0 for whom the first try let in. */
  readonly waitedMs: number;
  /** Comes from where somebody guesses. */
  readonly isNeighbour: boolean;
}

type Door = "login" | "change";
/** `lost`: no answer came. */
type GuessEnd = "accepted" | "reached" | "throttled" | "unavailable" | "lost";

/** Of as many guesses one is made by changing the password. */
const changeEvery = 10;
/** Of as many owners one shares an address with those who guess. */
const sharedEvery = 10;
const ownerRounds = 2;
/** What a killed gateway had begun counts as if it might still happen for 70 s, and as what the directory has counted of it. */
const unsettledMs = 75_000;
const againPauseMs = 1_000;

export async function guess(options: GuessOptions): Promise<GuessFigures> {
  const { say = () => {}, accounts, guesses } = options;
  await using world = await startWorld(accounts);
  const { domain, connectors } = world;
  const attackers = Array.from({ length: options.addresses }, (_, n) => attackerAddress(n));
  const homes = domain.people.map((_, n) =>
    n % sharedEvery === 0 ? (attackers[n % attackers.length] ?? "") : homeAddress(n),
  );
  const atHome = (n: number): string => homes[n] ?? "";
  const logIn = (n: number, from: (n: number) => string): Promise<OwnersLogin> =>
    ownerLogsIn(world, domain.people[n], from(n), n);
  const allLogIn = (from: (n: number) => string): Promise<readonly OwnersLogin[]> =>
    Promise.all(domain.people.map((_, n) => logIn(n, from)));

  say("The owners log in for the first time");
  const before = await allLogIn(atHome);
  const readyMs = performance.now();
  const ends = new Map<GuessEnd, number>();
  const during: Promise<OwnersLogin>[] = [];
  let next = 0;
  let restarting: Promise<void> | undefined;
  const worker = async (): Promise<void> => {
    for (let n = next; n < guesses; n = next) {
      next += 1;
      if (options.restarts && n === Math.floor(guesses / 2)) {
        say("A gateway is killed, and started again");
        restarting = world.restartGateway();
      }
      const ownersDue = Math.floor(((n + 1) * ownerRounds * accounts) / guesses);
      while (during.length < ownersDue) during.push(logIn(during.length % accounts, atHome));
      const end = await guessOnce(world, n, attackers);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  say(`${guesses} guesses at ${accounts} accounts from ${options.addresses} addresses`);
  await Promise.all(Array.from({ length: options.inFlight }, worker));
  const seconds = (performance.now() - readyMs) / 1_000;
  await restarting;
  const ownersDuring = await Promise.all(during);
  const standings = await domain.readStandings();

  say("The owners log in once more, from their own places and then from new ones");
  const afterAtHome = await allLogIn(atHome);
  const afterElsewhere = await allLogIn(newAddress);
  const standingsAtEnd = await domain.readStandings();
  return {
    guesses,
    accounts,
    addresses: options.addresses,
    seconds,
    ends: Object.fromEntries(ends),
    passwordsChecked: await readChecks(connectors),
    ...countsOf(domain.people, standings),
    lockedAtEnd: countsOf(domain.people, standingsAtEnd).locked,
    owners: {
      before: ofOwners(before),
      during: ofOwners(ownersDuring),
      afterAtHome: ofOwners(afterAtHome),
      afterElsewhere: ofOwners(afterElsewhere),
    },
    neighbours: ofOwners([...ownersDuring, ...afterAtHome], true),
    storeFailures: await readStoreFailures(world.gateways),
  };
}

async function startWorld(accounts: number): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const domain = cleanup.use(await startGuessedDomain(accounts));
  const scratch = cleanup.use(await createScratch("guesses"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const nats = cleanup.use(await startNats({ jetStream: true }));
  const stateKeyFiles = [await scratch.write("state.key", randomBytes(32).toString("base64"))];
  const connections = { corp: { directory: domain.samba } };
  const connector = (name: string): Promise<Program> => startConnector({ nats, keys, name, connections });
  const connectors = [cleanup.use(await connector("replica-1")), cleanup.use(await connector("replica-2"))];
  let stack = cleanup;
  const startOne = async (name: string): Promise<GatewayProgram> =>
    stack.use(await startGateway({ nats, keys, name, connections: ["corp"], throttle: {}, stateKeyFiles }));
  const gateways: World["gateways"] = [await startOne("gateway-1"), await startOne("gateway-2")];
  const owned = (stack = cleanup.move());
  let unsettledUntilMs = 0;
  return {
    domain,
    connectors,
    gateways,
    get unsettledUntilMs() {
      return unsettledUntilMs;
    },
    async restartGateway() {
      unsettledUntilMs = performance.now() + unsettledMs;
      const [survivor, victim] = gateways;
      // What is on its way there dies with it; what comes later goes to the other one, as a load balancer would have it.
      gateways[1] = survivor;
      await victim.kill();
      gateways[1] = await startOne("gateway-3");
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Each in a /24 of its own: the limit of a network holds none of them. */
function attackerAddress(n: number): string {
  return `127.${1 + Math.floor(n / 250)}.${n % 250}.66`;
}
function homeAddress(n: number): string {
  return `127.201.${Math.floor(n / 200)}.${1 + (n % 200)}`;
}
function newAddress(n: number): string {
  return `127.202.${Math.floor(n / 200)}.${1 + (n % 200)}`;
}

async function guessOnce(world: World, n: number, attackers: readonly string[]): Promise<GuessEnd> {
  const { people } = world.domain;
  const round = Math.floor(n / people.length);
  const person = people[n % people.length];
  const username = person?.spellings[round % person.spellings.length] ?? "";
  const localAddress = attackers[(n + round) % attackers.length] ?? "";
  const gateway = world.gateways[(n + round) % 2 === 0 ? 0 : 1];
  const door: Door = n % changeEvery === changeEvery - 1 ? "change" : "login";
  const password = `not the password ${n}`;
  const asked =
    door === "login"
      ? gateway.login({ username, password }, { localAddress })
      : gateway.post(
          "/v1/password/change",
          { username, oldPassword: password, newPassword: `Another-Passw0rd-${n}` },
          undefined,
          { localAddress },
        );
  return asked.then(endOf, () => "lost");
}

function endOf({ status }: LoginAnswer): GuessEnd {
  switch (status) {
    case 200:
      return "accepted";
    case 401:
    case 422:
      return "reached";
    case 429:
      return "throttled";
    default:
      return "unavailable";
  }
}

async function ownerLogsIn(
  world: World,
  person: GuessedPerson | undefined,
  localAddress: string,
  n: number,
): Promise<OwnersLogin> {
  const { gateways, domain } = world;
  const login = { username: person?.account ?? "", password: domain.password };
  const isNeighbour = n % sharedEvery === 0;
  const startedAtMs = performance.now();
  for (let tries = 0; ; tries += 1) {
    const gateway = gateways[(n + tries) % 2 === 0 ? 0 : 1];
    const answer = await gateway.login(login, { localAddress }).catch(() => undefined);
    const isIn = answer?.status === 200;
    const said = `${login.username} ${JSON.stringify(answer?.body)}`;
    const mayWait = answer === undefined || performance.now() < world.unsettledUntilMs;
    if (isIn || isNeighbour || !mayWait)
      return { isIn, said, isNeighbour, waitedMs: tries === 0 ? 0 : performance.now() - startedAtMs };
    await sleep(againPauseMs);
  }
}

function ofOwners(logins: readonly OwnersLogin[], neighbours = false): Owners {
  const counted = logins.filter(({ isNeighbour }) => isNeighbour === neighbours);
  return {
    tried: counted.length,
    letIn: counted.filter(({ isIn }) => isIn).length,
    waited: counted.filter(({ waitedMs }) => waitedMs > 0).length,
    refusals: counted.filter(({ isIn }) => !isIn).map(({ said }) => said),
    longestSeconds: Math.ceil(Math.max(0, ...counted.map(({ waitedMs }) => waitedMs)) / 1_000),
  };
}

function countsOf(
  people: readonly GuessedPerson[],
  standings: Awaited<ReturnType<GuessedDomain["readStandings"]>>,
): Pick<GuessFigures, "locked" | "nearestToLockout"> {
  const all = people.map(({ account, threshold }) => {
    const standing = standings.get(account);
    if (standing === undefined) throw new Error("an account's counters could not be read");
    return { isLocked: standing.isLocked, left: threshold - standing.badPwdCount };
  });
  return {
    locked: all.filter(({ isLocked }) => isLocked).length,
    nearestToLockout: Math.min(...all.map(({ left }) => left)),
  };
}

/** Of everybody, the owners too. */
async function readChecks(connectors: readonly Program[]): Promise<number> {
  const counts = await Promise.all(
    connectors.flatMap((connector) =>
      ["password", "password.change"].map((method) =>
        connector.readMetric("drawbridge_verifications_total", { method }),
      ),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Each makes a gateway count alone for two seconds. */
async function readStoreFailures(gateways: readonly Program[]): Promise<number> {
  const counts = await Promise.all(
    gateways.flatMap((gateway) =>
      ["busy", "timeout", "refused", "no_jetstream"].map((result) =>
        gateway.readMetric("drawbridge_store_operations_total", { result }),
      ),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
