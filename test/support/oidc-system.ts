/**
 * The whole of a login through a browser: an application, an issuer with several gateways behind one address, NATS with its store,
 * connectors, in front of a directory that the test brings.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { startConnector, startGateway } from "./drawbridge.ts";
import type { GatewayProgram } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { findFreeAddress } from "./loopback.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import { signingKey } from "./oidc-gateways.ts";
import { portalId, startPortal } from "./portal.ts";
import type { Portal } from "./portal.ts";
import type { Program } from "./program.ts";
import { createScratch } from "./scratch.ts";
import { startTurnTakingProxy } from "./turn-taking-proxy.ts";
import type { TurnTakingProxy } from "./turn-taking-proxy.ts";

export interface OidcSystem extends AsyncDisposable {
  readonly issuer: string;
  readonly portal: Portal;
  readonly nats: Nats;
  readonly proxy: TurnTakingProxy;
  readonly gateways: readonly GatewayProgram[];
  readonly connectors: readonly Program[];
  /** What the settings name, unless told otherwise. */
  readonly files: Readonly<Record<"stateKey" | "clientSecret", string>>;
  /** One more, as the first ones were started but for its cache; not behind the address. */
  addGateway(cache: object): Promise<GatewayProgram>;
}

export interface OidcSystemOptions {
  readonly directory: LabDirectory;
  /** 1 unless told. */
  readonly gateways?: number;
  readonly connectors?: number;
  readonly natsNodes?: 1 | 3;
  /** More settings of the issuer, of the page, of the gateway. */
  readonly oidc?: object;
  readonly page?: object;
  readonly gateway?: object;
}

const httpPort = 8_080;

export async function startOidcSystem(options: OidcSystemOptions): Promise<OidcSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("oidc"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const nats = cleanup.use(
    await startNats({ jetStream: true, ...(options.natsNodes && { nodes: options.natsNodes }) }),
  );
  const portal = cleanup.use(await startPortal());
  const proxy = cleanup.use(await startTurnTakingProxy(await findFreeAddress([httpPort]), httpPort));
  const issuer = `${proxy.url}/oidc`;
  const secret = randomBytes(24).toString("base64url");
  const files = {
    stateKey: await scratch.write("state.key", randomBytes(32).toString("base64")),
    clientSecret: await scratch.write("client.secret", secret),
  };
  const settings = {
    state: { keyFiles: [files.stateKey] },
    oidc: {
      issuer,
      keyFiles: [await scratch.write("oidc.key", signingKey())],
      clients: [
        {
          id: portalId,
          name: "The Portal",
          secretFile: files.clientSecret,
          redirectUris: [portal.callback],
          postLogoutRedirectUris: [`${portal.url}/`],
          refresh: true,
        },
      ],
      ...options.oidc,
    },
    page: { name: "Example Works", ...options.page },
    ...options.gateway,
  };
  const { directory } = options;
  const connections = { corp: { directory, operations: ["password.change"] } };
  const connectors: Program[] = [];
  for (let count = 1; count <= (options.connectors ?? 1); count += 1) {
    const name = `connector-${count}`;
    connectors.push(cleanup.use(await startConnector({ nats, keys, name, connections })));
  }
  let stack = cleanup;
  const addGateway = async (cache: object, name = "gateway"): Promise<GatewayProgram> =>
    stack.use(await startGateway({ nats, keys, name, connections: ["corp"], cache, settings }));
  const gateways: GatewayProgram[] = [];
  for (let count = 1; count <= (options.gateways ?? 1); count += 1)
    gateways.push(await addGateway({}, `gateway-${count}`));
  proxy.servers = gateways.map(({ url }) => url);
  await portal.connect(issuer, secret);
  const owned = (stack = cleanup.move());
  return {
    issuer,
    portal,
    nats,
    proxy,
    gateways,
    connectors,
    files,
    addGateway,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
