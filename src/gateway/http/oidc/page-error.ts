/**
 * Which page an error becomes.
 *
 * @module
 */

import { errors } from "oidc-provider";
import type { PageError } from "../page/texts.ts";
import { StateUnavailable } from "./state-adapter.ts";

export interface ErrorOnPage {
  readonly status: number;
  readonly page: PageError;
  /** The library's own words, where they help whoever runs the application. */
  readonly detail?: string;
}

export function pageErrorOf(error: Error & { readonly statusCode?: number }): ErrorOnPage {
  if (error instanceof StateUnavailable) return { status: 503, page: "unavailable" };
  if (error instanceof errors.SessionNotFound) return { status: 400, page: "expired" };
  if (error instanceof errors.InvalidRedirectUri) return { status: 400, page: "bad_redirect" };
  if (error instanceof errors.InvalidClient) return { status: 400, page: "unknown_client" };
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const { message, error_description: description } = error;
    const detail = description === undefined ? message : `${message}: ${description}`;
    return { status: error.statusCode, page: "bad_request", detail };
  }
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? { status, page: "foreign_form" } : { status: 500, page: "defect" };
}
