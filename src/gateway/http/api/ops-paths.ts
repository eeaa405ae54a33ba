/**
 * The paths of the ops port, as the OpenAPI document shows them: another address than the API's, for operators and their tools.
 *
 * @module
 */

/** Which port that is, the settings say; this is their default. */
const servers = [
  {
    url: "http://{host}:{port}",
    description: "The ops port (`ops`), which is not for the public.",
    variables: { host: { default: "localhost" }, port: { default: "9464" } },
  },
] as const;

const readiness = {
  type: "object",
  required: ["ready", "parts"],
  properties: {
    ready: { type: "boolean" },
    parts: { type: "object", description: "Each part by name.", additionalProperties: { type: "boolean" } },
  },
} as const;

const common = { tags: ["Operation"], security: [] } as const;

export const opsPaths = {
  "/healthz": {
    servers,
    get: {
      ...common,
      operationId: "health",
      summary: "Whether the process lives",
      description: "Nothing remote makes it anything but 200.",
      responses: {
        "200": { description: "It does.", content: { "text/plain": { schema: { const: "ok\n" } } } },
      },
    },
  },
  "/readyz": {
    servers,
    get: {
      ...common,
      operationId: "readiness",
      summary: "Whether logins can be served",
      description: "At a gateway: whether it is connected to NATS.",
      responses: {
        "200": { description: "They can.", content: { "application/json": { schema: readiness } } },
        "503": { description: "They cannot.", content: { "application/json": { schema: readiness } } },
      },
    },
  },
  "/metrics": {
    servers,
    get: {
      ...common,
      operationId: "metrics",
      summary: "What was counted",
      description: "For Prometheus. The reference of metrics lists them.",
      responses: {
        "200": {
          description: "Prometheus' text format, or OpenMetrics for who accepts that.",
          content: {
            "text/plain": { schema: { type: "string" } },
            "application/openmetrics-text": { schema: { type: "string" } },
          },
        },
      },
    },
  },
} as const;
