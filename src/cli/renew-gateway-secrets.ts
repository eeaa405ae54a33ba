/**
 * Takes over what changes in the files of a gateway's secrets: its keys, and what it shares with applications and other gateways.
 *
 * @module
 */

import type { GatewayConfig } from "../config/gateway-schema.ts";
import { readApiTokens, readOidc } from "../config/secrets.ts";
import type { GatewaySecrets } from "../config/secrets.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { ApiCaller, ApiCallers } from "../gateway/http/api-callers.ts";
import type { HttpServer } from "../gateway/http/server.ts";
import type { Secret } from "../login/secret.ts";
import type { SealedStore } from "../protocol/sealed-store.ts";
import type { Events } from "../telemetry/events.ts";
import type { AllServers } from "./gateway-servers.ts";
import { readOidcKeys } from "./open-oidc.ts";
import { renewCertificates, renewGatewayKeys, renewStateKeys, watchKeys } from "./renew-keys.ts";

export function callersOf({ api }: GatewayConfig, apiTokens: readonly Secret[]): readonly ApiCaller[] {
  return api.tokens.flatMap(({ name, may, connections }, index) => {
    const token = apiTokens[index];
    if (token === undefined) return [];
    return [{ name, token, may: new Set(may), ...(connections && { connections: new Set(connections) }) }];
  });
}

/** What is made of those secrets. */
export interface SecretUsers {
  readonly gateway: Gateway;
  readonly servers: AllServers;
  readonly callers: ApiCallers;
  readonly store: SealedStore | undefined;
  readonly renewDigests: (stateKeys: readonly Secret[]) => void;
}

export function renewSecrets(
  settings: GatewayConfig,
  secrets: GatewaySecrets,
  { gateway, servers, callers, store, renewDigests }: SecretUsers,
  events: Events,
): Disposable {
  using watching = new DisposableStack();
  watching.use(renewGatewayKeys(settings, secrets, gateway, events));
  watching.use(renewCertificates(settings, secrets, servers, events));
  const issuer = issuerSecrets(settings, secrets, servers.server);
  const stateKeys = { files: settings.state.keyFiles, start: secrets.stateKeys };
  watching.use(
    renewStateKeys({ setting: "gateway.state.keyFiles", ...stateKeys }, store, events, (keys) => {
      renewDigests(keys);
      issuer.renew({ stateKeys: keys });
    }),
  );
  watching.use(renewOidcSecrets(settings, secrets, issuer, events));
  watching.use(renewApiTokens(settings, secrets, callers, events));
  return watching.move();
}

interface IssuerSecrets {
  /** @throws {ConfigError} for keys that cannot sign; those before stay. */
  renew(changed: Partial<Pick<GatewaySecrets, "oidc" | "stateKeys">>): void;
}

/** Cookies and forms are signed by what is made of the state keys. */
function issuerSecrets(
  { oidc }: GatewayConfig,
  secrets: GatewaySecrets,
  server: Pick<HttpServer, "renewOidc">,
): IssuerSecrets {
  let current: Pick<GatewaySecrets, "oidc" | "stateKeys"> = secrets;
  return {
    renew(changed) {
      if (oidc === undefined) return;
      const renewed = { ...current, ...changed };
      server.renewOidc(readOidcKeys(oidc, renewed));
      current = renewed;
    },
  };
}

function renewApiTokens(
  settings: GatewayConfig,
  { apiTokens }: GatewaySecrets,
  callers: ApiCallers,
  events: Events,
): Disposable {
  return watchKeys("tokens", {
    setting: "gateway.api.tokens",
    events,
    start: apiTokens,
    read: (files) => readApiTokens(settings, files),
    take(tokens) {
      callers.renew(callersOf(settings, tokens));
      return {};
    },
  });
}

function renewOidcSecrets(
  { oidc }: GatewayConfig,
  { oidc: start }: GatewaySecrets,
  issuer: IssuerSecrets,
  events: Events,
): Disposable {
  if (oidc === undefined || start === undefined) return new DisposableStack();
  return watchKeys("oidc", {
    setting: "gateway.oidc",
    events,
    start,
    read: (files) => readOidc(oidc, files),
    take(renewed) {
      issuer.renew({ oidc: renewed });
      return {};
    },
  });
}
