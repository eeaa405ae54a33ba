/**
 * What happens between applications and the issuer.
 *
 * @module
 */

import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface OidcEvents {
  /** Tokens were given out, for a code or a refresh token. */
  oidcTokensGiven(e: { client: string; grant: "authorization_code" | "refresh_token" | "other" }): void;
  /** An application's request was refused, or could not be answered. */
  oidcRefused(e: {
    /** `unknown` where it is none of the settings. */
    client: string;
    step: "authorization" | "token" | "userinfo" | "logout" | "revocation";
    /** OAuth's own code. */
    error: string;
    why: string;
  }): void;
}

export function oidcEvents(log: Log, metrics: Metrics): OidcEvents {
  return {
    oidcTokensGiven(e) {
      metrics.count("drawbridge_oidc_tokens_total", e);
      log.info("oidc_tokens_given", e);
    },
    oidcRefused({ client, step, error, why }) {
      metrics.count("drawbridge_oidc_refused_total", { client, step, error });
      log.warn("oidc_refused", { client, step, error, why });
    },
  };
}
