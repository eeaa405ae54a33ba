/**
 * What the library says of applications' requests, as events.
 *
 * @module
 */

import { errors } from "oidc-provider";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Events } from "../../../telemetry/events.ts";
import type { OidcClient } from "./oidc-options.ts";

export function tellProvider(provider: Provider, clients: readonly OidcClient[], events: Events): void {
  const clientOf = ({ oidc }: KoaContextWithOIDC): string =>
    clients.find(({ id }) => id === oidc.client?.clientId)?.id ?? "unknown";
  const refused =
    (step: Parameters<Events["oidcRefused"]>[0]["step"]) =>
    (context: KoaContextWithOIDC, error: Error): void => {
      if (!(error instanceof errors.OIDCProviderError)) return;
      const why = error.error_detail ?? error.error_description ?? "";
      events.oidcRefused({ client: clientOf(context), step, error: error.message, why });
    };
  provider.on("authorization.error", refused("authorization"));
  provider.on("grant.error", refused("token"));
  provider.on("userinfo.error", refused("userinfo"));
  provider.on("end_session.error", refused("logout"));
  provider.on("revocation.error", refused("revocation"));
  provider.on("grant.success", (context) => {
    const asked = context.oidc.params?.["grant_type"];
    const grant = asked === "authorization_code" || asked === "refresh_token" ? asked : "other";
    events.oidcTokensGiven({ client: clientOf(context), grant });
  });
  provider.on("server_error", (_, error) => events.defect({ where: "oidc", error }));
}
