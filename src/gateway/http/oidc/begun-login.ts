/**
 * A login that has begun: read from the browser's cookie, and ended for the application that waits for it.
 *
 * @module
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { errors } from "oidc-provider";
import type { InteractionResults, Provider } from "oidc-provider";
import type { Verdict } from "../../../login/verdict.ts";
import type { Surroundings } from "../page/layout.ts";
import type { NegotiateOptions } from "../negotiate.ts";
import type { FormTarget, Way } from "../page/pages.ts";
import type { CertificateWay } from "./certificate-way.ts";
import { certificateWays } from "./certificate-way.ts";
import { connectionOfTickets } from "./choose-connection.ts";
import type { LoginConnection } from "./choose-connection.ts";
import { wantsLive } from "./create-provider.ts";
import type { FormTokens } from "./form-token.ts";
import { toldIdentity } from "./known-people.ts";
import type { KnownPeople } from "./known-people.ts";
import { acrCached, acrLive, clientMay, subjectOf } from "./oidc-options.ts";
import type { OidcOptions } from "./oidc-options.ts";
import type { Pages } from "./page-surroundings.ts";

export interface BegunLogin {
  readonly surroundings: Surroundings;
  readonly target: FormTarget;
  /** Where the person may be from. */
  readonly candidates: readonly LoginConnection[];
  readonly live: boolean;
  /** Address of whoever logs in. */
  readonly ip: string;
  /** Id of the application that they come from. */
  readonly application: string;
  /** Beside the form. */
  readonly ways: readonly Way[];
  /** Whose ticket the browser may be asked for; absent where it is not to be. */
  readonly ticketsOf?: LoginConnection;
  /** It may be asked without a word of the person. */
  readonly isSilentAllowed: boolean;
}

export type Accepted = Extract<Verdict, { readonly outcome: "accepted" }>;

export interface BegunLoginDeps {
  readonly options: OidcOptions;
  readonly provider: Provider;
  readonly people: KnownPeople;
  readonly pages: Pages;
  readonly connections: readonly LoginConnection[];
  readonly formTokens: FormTokens;
  readonly wallClock: () => number;
  /** Without it, nobody is asked for a ticket. */
  readonly tickets?: Pick<NegotiateOptions, "networks">;
  /** Without it, the page offers no certificates. */
  readonly certificateWay?: CertificateWay;
}

export interface LoginParams {
  readonly Params: { readonly uid: string };
  readonly Querystring: Readonly<Record<string, unknown>>;
}

export type LoginRequest = FastifyRequest<LoginParams>;

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

/**
 * How a login was proved. Tickets are Windows' integrated authentication; of a certificate it is known that somebody has its key, and
 * not what the key lies in.
 *
 * @see RFC 8176 §2
 */
const methodReferences = { password: "pwd", ticket: "wia", certificate: "pop" } as const;

/** Why a login was asked for where there may well be a session: then whoever sits there has to do something themselves. */
const activeReasons: ReadonlySet<string> = new Set(["login_prompt", "max_age"]);

/** @throws {errors.SessionNotFound} for a login that is over, or not this browser's. */
export async function findDetails(
  { provider }: BegunLoginDeps,
  request: LoginRequest,
  reply: FastifyReply,
): Promise<Details> {
  const details = await provider.interactionDetails(request.raw, reply.raw);
  if (details.uid !== request.params.uid) throw new errors.SessionNotFound("another login's cookie");
  return details;
}

/** @param path  With `:uid` in it. */
export function readLogin(
  deps: BegunLoginDeps,
  path: string,
  request: LoginRequest,
  { uid, params, prompt, lastSubmission }: Details,
): BegunLogin {
  const client = deps.options.clients.find(({ id }) => id === params["client_id"]);
  if (client === undefined) throw new errors.SessionNotFound("its application is not known any more");
  const locales = params["ui_locales"];
  const asked = { application: client.name, locales: typeof locales === "string" ? locales : undefined };
  const surroundings = deps.pages.surroundings(request.raw, asked);
  const own = path.replace(":uid", uid);
  const candidates = deps.connections.filter(({ name }) => clientMay(client, name));
  const isActive = prompt.reasons.some((reason) => activeReasons.has(reason));
  const ticketsOf =
    isActive || deps.tickets === undefined
      ? undefined
      : connectionOfTickets(candidates, deps.tickets.networks, request.ip);
  const { texts } = surroundings;
  return {
    surroundings,
    target: { path: own, token: deps.formTokens.create(uid) },
    candidates,
    live: wantsLive(params["acr_values"]),
    ip: request.ip,
    application: client.id,
    ways: [
      ...(ticketsOf === undefined ? [] : [{ href: `${own}?way=ticket`, label: texts.ticketUse }]),
      ...certificateWays(deps.certificateWay, own, candidates, texts),
    ],
    ...(ticketsOf === undefined ? {} : { ticketsOf }),
    // Somebody else may be meant than sits there. And who is asked again after a login on the way would be for ever.
    isSilentAllowed: !prompt.reasons.includes("id_token_hint") && lastSubmission?.login === undefined,
  };
}

/** What the session is told of it; what applications will be told of the person is saved. */
export async function acceptedLogin(
  { options, people, wallClock }: Pick<BegunLoginDeps, "options" | "people" | "wallClock">,
  { name }: LoginConnection,
  { identity, source }: Accepted,
  method: keyof typeof methodReferences,
): Promise<NonNullable<InteractionResults["login"]>> {
  const subject = subjectOf(options, name, identity.subjectId);
  const isCached = source === "cache";
  if (!isCached || (await people.find(subject)) === undefined) {
    const checkedAtMs = isCached ? 0 : wallClock();
    await people.save(subject, { connection: name, identity: toldIdentity(identity), checkedAtMs });
  }
  const proof = methodReferences[method];
  return {
    accountId: subject,
    acr: isCached ? acrCached : acrLive,
    amr: isCached ? [proof, "cache"] : [proof],
    // The session ends with the browser: computers are shared.
    remember: false,
  };
}

/** @returns where the browser goes on. */
export function finishLogin(
  { provider }: BegunLoginDeps,
  request: LoginRequest,
  reply: FastifyReply,
  result: InteractionResults,
): Promise<string> {
  return provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
}
