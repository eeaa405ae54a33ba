/**
 * Takes over what changes in the files of the secrets that a gateway shares with applications and with other gateways.
 *
 * @module
 */

import type { GatewayConfig } from "../config/gateway-schema.ts";
import { readApiTokens, readOidc } from "../config/secrets.ts";
import type { GatewaySecrets } from "../config/secrets.ts";
import type { ApiCaller, ApiCallers } from "../gateway/http/api-callers.ts";
import type { HttpServer } from "../gateway/http/server.ts";
import type { Secret } from "../login/secret.ts";
import type { SealedStore } from "../protocol/sealed-store.ts";
import type { Events } from "../telemetry/events.ts";
import { readOidcKeys } from "./open-oidc.ts";
import { bytesOf } from "./key-bytes.ts";
import { watchKeys } from "./renew-keys.ts";

export function callersOf({ api }: GatewayConfig, apiTokens: readonly Secret[]): readonly ApiCaller[] {
  return api.tokens.flatMap(({ name, may, connections }, index) => {
    const token = apiTokens[index];
    if (token === undefined) return [];
    return [{ name, token, may: new Set(may), ...(connections && { connections: new Set(connections) }) }];
  });
}

/** What is made of those secrets. */
export interface SecretUsers {
  readonly callers: ApiCallers;
  readonly server: Pick<HttpServer, "renewOidc">;
  readonly store: SealedStore | undefined;
  readonly renewDigests: (stateKeys: readonly Secret[]) => void;
}

export function renewSharedSecrets(
  settings: GatewayConfig,
  secrets: GatewaySecrets,
  { callers, server, store, renewDigests }: SecretUsers,
  events: Events,
): Disposable {
  using watching = new DisposableStack();
  watching.use(renewApiTokens(settings, secrets, callers, events));
  watching.use(renewOidcSecrets(settings, secrets, server, events));
  const stateKeys = { files: settings.state.keyFiles, start: secrets.stateKeys };
  watching.use(
    renewStateKeys({ setting: "gateway.state.keyFiles", ...stateKeys }, store, events, renewDigests),
  );
  return watching.move();
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

/** Of a connector too. @param alsoTake  Whatever else is made of them. */
export function renewStateKeys(
  { setting, files: list, start }: StateKeyFiles,
  store: SealedStore | undefined,
  events: Events,
  alsoTake: (keys: readonly Secret[]) => void = () => {},
): Disposable {
  if (store === undefined) return new DisposableStack();
  return watchKeys("state", {
    setting,
    events,
    start,
    read: (files) => files.keys(setting, list),
    take(keys) {
      store.renew(keys.map(bytesOf));
      alsoTake(keys);
      return {};
    },
  });
}

export interface StateKeyFiles {
  readonly setting: string;
  readonly files: readonly string[];
  readonly start: readonly Secret[];
}

/** Cookies and forms are signed by what is made of the state keys. */
function renewOidcSecrets(
  { oidc, state }: GatewayConfig,
  { oidc: secrets, stateKeys }: GatewaySecrets,
  server: SecretUsers["server"],
  events: Events,
): Disposable {
  if (oidc === undefined || secrets === undefined) return new DisposableStack();
  return watchKeys("oidc", {
    setting: "gateway.oidc",
    events,
    start: { oidc: secrets, stateKeys },
    read: (files) => ({
      oidc: readOidc(oidc, files),
      stateKeys: files.keys("gateway.state.keyFiles", state.keyFiles),
    }),
    take(renewed) {
      server.renewOidc(readOidcKeys(oidc, renewed));
      return {};
    },
  });
}
