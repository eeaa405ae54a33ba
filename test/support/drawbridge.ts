/**
 * The real connector and gateway, configured for the servers of a test.
 *
 * @module
 */

import { Agent, request as sendRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { IdentityKeys } from "./identity-keys.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { findFreeAddress } from "./loopback.ts";
import type { Nats } from "./nats-server.ts";
import { startProgram } from "./program.ts";
import type { Circumstances, Program } from "./program.ts";

export interface DirectoryOfConnection {
  readonly directory: LabDirectory;
  /** Instead of the directory's own URL: through a proxy, or several controllers. */
  readonly controllers?: readonly string[];
  readonly startTls?: boolean;
  /** Where the controllers' URLs name other hosts than their certificates. */
  readonly tlsName?: string;
  /** What may be asked beside logins; the connector's own default unless told. */
  readonly operations?: readonly string[];
  /** The connection's section of this name. */
  readonly certificates?: object;
  /** Settings under which tickets are taken; none are unless told. */
  readonly kerberos?: object;
  /** More settings of the section `directory`. */
  readonly settings?: object;
}

interface CommonOptions {
  readonly nats: Nats;
  readonly keys: IdentityKeys;
  /** Instead of the cluster's own URLs: through a proxy. A cluster of three tells its clients the other nodes' own addresses. */
  readonly natsServers?: readonly string[];
  /** `info` unless told. */
  readonly logLevel?: string;
  /** The section of this name. */
  readonly audit?: object;
  readonly traces?: object;
  /** For messages. */
  readonly name?: string;
  readonly circumstances?: Circumstances;
}

export interface ConnectorOptions extends CommonOptions {
  /** By connection name. */
  readonly connections: Readonly<Record<string, DirectoryOfConnection>>;
  /** 64 unless told. */
  readonly inFlightMax?: number;
  /** For what the replicas share. */
  readonly stateKeyFiles?: readonly string[];
}

export interface GatewayOptions extends CommonOptions {
  readonly connections: readonly string[];
  /** `10s` unless told. */
  readonly loginDeadline?: string;
  /** `proven` unless told. */
  readonly disclosure?: "proven" | "state";
  readonly apiTokens?: readonly object[];
  /** The gateway's section of this name, once its address is known. */
  readonly clientCertificates?: (address: string) => Promise<object>;
  /** Networks from which tickets are taken, at every connection; none are unless told. */
  readonly ticketNetworks?: readonly string[];
  /** The `cache` of every connection. */
  readonly cache?: object;
  /** More settings of the section `gateway`, which may need its address. */
  readonly settings?: object | ((address: string) => Promise<object>);
  /** Off unless told: most tests try many passwords from one address, and are about something else. */
  readonly throttle?: object;
  /** Secrets of what gateways share; nothing is shared unless told. */
  readonly stateKeyFiles?: readonly string[];
  /** Nobody unless told. */
  readonly trustedProxies?: readonly string[];
}

export interface LoginRequest {
  /** `corp` unless told. */
  readonly connection?: string;
  readonly username: string;
  readonly password: string;
}

/** Where a request comes from. */
export interface From {
  /** What a proxy in front says of the client. */
  readonly forwardedFor?: string;
  /** The client's own address, one of 127.0.0.0/8; the machine's choice unless told. */
  readonly localAddress?: string;
  /** The trace that it says to belong to. */
  readonly traceparent?: string;
}

export interface LoginAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly tookMs: number;
}

export interface GatewayProgram extends Program {
  readonly address: string;
  /** `http://host:port`. */
  readonly url: string;
  /** Of `POST /v1/login`. */
  readonly loginUrl: string;
  /** @throws {Error} when no HTTP answer came, or it was not JSON. */
  login(request: LoginRequest, from?: From): Promise<LoginAnswer>;
  /** `GET /v1/negotiate` with this token, or without one. */
  negotiate(token?: string, headers?: Readonly<Record<string, string>>): Promise<LoginAnswer>;
  /** To another path of the API. */
  post(path: string, body: object, token?: string, from?: From): Promise<LoginAnswer>;
}

const opsPort = 9464;
export const httpPort = 8080;
export const certificatesPort = 8443;
const inFlightMaxDefault = 64;
const answerTimeoutMs = 60_000;

export async function startConnector(options: ConnectorOptions): Promise<Program> {
  const address = await findFreeAddress([opsPort]);
  const connections = Object.entries(options.connections).map(([connection, directory]) => [
    connection,
    {
      identityKeyFile: options.keys.connector(connection).keyFile,
      gatewayKeyFiles: [options.keys.gateway.publicKeyFile],
      directory: directoryConfig(directory),
      ...(directory.certificates === undefined ? {} : { certificates: directory.certificates }),
      ...(directory.kerberos === undefined ? {} : { kerberos: directory.kerberos }),
    },
  ]);
  return startProgram({
    command: "connector",
    name: options.name ?? "connector",
    ...(options.circumstances === undefined ? {} : { circumstances: options.circumstances }),
    opsUrl: `http://${address}:${opsPort}`,
    config: {
      ...commonConfig(options, "connector", address),
      connector: {
        inFlightMax: options.inFlightMax ?? inFlightMaxDefault,
        state: { keyFiles: options.stateKeyFiles ?? [] },
        connections: Object.fromEntries(connections),
      },
    },
  });
}

export async function startGateway(options: GatewayOptions): Promise<GatewayProgram> {
  const address = await findFreeAddress([opsPort, httpPort, certificatesPort]);
  const connections = options.connections.map((connection) => [
    connection,
    {
      connectorKeyFiles: [options.keys.connector(connection).publicKeyFile],
      ...(options.ticketNetworks === undefined ? {} : { negotiate: { networks: options.ticketNetworks } }),
      ...(options.cache && { cache: options.cache }),
    },
  ]);
  const program = await startProgram({
    command: "gateway",
    name: options.name ?? "gateway",
    ...(options.circumstances === undefined ? {} : { circumstances: options.circumstances }),
    opsUrl: `http://${address}:${opsPort}`,
    config: {
      ...commonConfig(options, "gateway", address),
      gateway: {
        http: { host: address, port: httpPort, trustedProxies: options.trustedProxies ?? [] },
        throttle: options.throttle ?? { enabled: false },
        state: { keyFiles: options.stateKeyFiles ?? [] },
        identityKeyFile: options.keys.gateway.keyFile,
        loginDeadline: options.loginDeadline ?? "10s",
        disclosure: options.disclosure ?? "proven",
        api: { tokens: options.apiTokens ?? [] },
        ...(options.clientCertificates && { clientCertificates: await options.clientCertificates(address) }),
        connections: Object.fromEntries(connections),
        ...(typeof options.settings === "function" ? await options.settings(address) : options.settings),
      },
    },
  });
  const url = `http://${address}:${httpPort}`;
  const loginUrl = `${url}/v1/login`;
  return {
    ...program,
    address,
    url,
    loginUrl,
    login: (request, from) => post(loginUrl, request, undefined, from),
    negotiate: (token, headers) =>
      get(`http://${address}:${httpPort}/v1/negotiate`, {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Negotiate ${token}` }),
      }),
    post: (path, body, token, from) => post(`http://${address}:${httpPort}${path}`, body, token, from),
  };
}

function commonConfig(options: CommonOptions, role: "connector" | "gateway", address: string): object {
  return {
    nats: {
      servers: options.natsServers ?? options.nats.servers,
      caFile: options.nats.caFile,
      nkeyFile: options.nats.nkeyFiles[role],
    },
    ops: { host: address, port: opsPort },
    log: { level: options.logLevel ?? "info" },
    ...(options.audit && { audit: options.audit }),
    ...(options.traces && { traces: options.traces }),
  };
}

function directoryConfig({
  directory,
  controllers,
  startTls,
  tlsName,
  operations,
  settings,
}: DirectoryOfConnection): object {
  const ownUrl = startTls === true ? directory.startTlsUrl : directory.url;
  return {
    preset: directory.preset,
    controllers: controllers ?? [ownUrl],
    baseDn: directory.baseDn,
    caFile: directory.caFile,
    ...(directory.domain === undefined ? {} : { domain: directory.domain }),
    ...(startTls === undefined ? {} : { startTls }),
    ...(tlsName === undefined ? {} : { tlsName }),
    ...(operations === undefined ? {} : { operations }),
    serviceAccount: {
      name: directory.serviceAccount.name,
      passwordFile: directory.serviceAccount.passwordFile,
    },
    ...settings,
  };
}

/** Kept open between logins, as an application's server would. */
const agent = new Agent({ keepAlive: true });

/** Plain `node:http`, because a load test measures the gateway and not its own client. */
async function post(url: string, request: object, token?: string, from?: From): Promise<LoginAnswer> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(from?.forwardedFor === undefined ? {} : { "x-forwarded-for": from.forwardedFor }),
    ...(from?.traceparent === undefined ? {} : { traceparent: from.traceparent }),
  };
  const body = JSON.stringify({ connection: "corp", ...request });
  return send("POST", url, headers, body, from?.localAddress);
}

function get(url: string, headers: Readonly<Record<string, string>>): Promise<LoginAnswer> {
  return send("GET", url, headers, "");
}

async function send(
  method: "GET" | "POST",
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  localAddress?: string,
): Promise<LoginAnswer> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sendRequest(url, { agent, method, headers, signal, ...(localAddress && { localAddress }) })
      .once("response", resolve)
      .once("error", reject)
      .end(body);
  });
  const chunks: Buffer[] = await response.toArray();
  const answer: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: typeof answer === "object" && answer !== null ? { ...answer } : {},
    tookMs: performance.now() - startedAt,
  };
}
