/**
 * An application as people write them: it sends whoever is not known to it to the issuer, and shows who came back.
 *
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as client from "openid-client";
import { html, renderHtml } from "../../src/gateway/http/page/html.ts";
import { findFreeAddress } from "./loopback.ts";

export interface Portal extends AsyncDisposable {
  readonly url: string;
  readonly callback: string;
  /** Reads the issuer's discovery document. @param fetch  Where the issuer's name is none of this machine's. */
  connect(issuer: string, secret: string, fetch?: client.CustomFetch): Promise<void>;
  /** Of the last one who came back. */
  readonly tokens: (client.TokenEndpointResponse & client.TokenEndpointResponseHelpers) | undefined;
  readonly config: client.Configuration;
  /** Added to each authorization request. */
  extra: Readonly<Record<string, string>>;
}

export const portalId = "portal";
const port = 8_090;

export async function startPortal(): Promise<Portal> {
  const host = await findFreeAddress([port]);
  const url = `http://${host}:${port}`;
  const callback = `${url}/callback`;
  const flows = new Map<string, { pkceCodeVerifier: string; expectedNonce: string }>();
  let config: client.Configuration | undefined;
  let tokens: Portal["tokens"];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const text = error instanceof client.AuthorizationResponseError ? error.error : String(error);
      response.writeHead(500, { "content-type": "text/plain" }).end(`the portal says: ${text}`);
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  const connected = (): client.Configuration => {
    if (config === undefined) throw new Error("the portal was not connected to an issuer");
    return config;
  };

  const portal: Portal = {
    url,
    callback,
    extra: {},
    get tokens() {
      return tokens;
    },
    get config() {
      return connected();
    },
    async connect(issuer, secret, fetch) {
      config = await client.discovery(
        new URL(issuer),
        portalId,
        undefined,
        client.ClientSecretBasic(secret),
        {
          execute: [client.allowInsecureRequests],
          ...(fetch && { [client.customFetch]: fetch }),
        },
      );
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return portal;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url ?? "/", url);
    switch (asked.pathname) {
      case "/":
        response.writeHead(302, { location: (await begin()).href }).end();
        return;
      case "/callback": {
        tokens = await finish(asked);
        response
          .writeHead(200, { "content-type": "text/html; charset=utf-8" })
          .end(renderHtml(profilePage()));
        return;
      }
      default:
        response.writeHead(404).end("no such page");
    }
  }

  async function begin(): Promise<URL> {
    const flow = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedNonce: client.randomNonce() };
    const state = client.randomState();
    flows.set(state, flow);
    return client.buildAuthorizationUrl(connected(), {
      redirect_uri: callback,
      scope: "openid profile email groups",
      code_challenge: await client.calculatePKCECodeChallenge(flow.pkceCodeVerifier),
      code_challenge_method: "S256",
      nonce: flow.expectedNonce,
      state,
      ...portal.extra,
    });
  }

  async function finish(asked: URL) {
    const state = asked.searchParams.get("state") ?? "";
    const flow = flows.get(state);
    if (flow === undefined) throw new Error("an unknown state");
    return client.authorizationCodeGrant(connected(), asked, { ...flow, expectedState: state });
  }

  function profilePage() {
    const claims = tokens?.claims() ?? {};
    const groups: unknown = Reflect.get(claims, "groups");
    const items = (Array.isArray(groups) ? groups : []).map((name) => html`<li>${String(name)}</li>`);
    return html`<!doctype html>
      <html lang="en">
        <head>
          <title>The Portal</title>
        </head>
        <body>
          <h1 id="name">${String(Reflect.get(claims, "name"))}</h1>
          <ul id="groups">
            ${items}
          </ul>
          <p id="acr">${String(Reflect.get(claims, "acr"))}</p>
          <p id="amr">${String(Reflect.get(claims, "amr"))}</p>
        </body>
      </html>`;
  }
}
