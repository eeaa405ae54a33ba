/**
 * Settings of Auth0's AD/LDAP connector that nothing here takes the place of, each with the reason.
 *
 * @module
 */

const ownKeys =
  "Trust between the two sides is in keys that `drawbridge keys` makes; nothing of the old trust is taken over.";
const noServer =
  "A connector has no web server: it is configured by files, and its health is on the ops port.";
const reconnects =
  "Built in: a connection that is lost is made again at once, with jitter, and nothing ends the process.";
const health =
  "Built in: every controller is probed all the time, and one that does not answer is left for another.";
const kerberos =
  "Not taken over: a Kerberos login needs a keytab of a service account, which the old connector's machine account does not give.";
const certificates =
  "Not taken over: logins by client certificate are set up where people's browsers arrive, at the gateway.";
const authorities =
  "Not a setting here: controllers are believed by `directory.caFile`, or by the system's authorities.";
const listing = "People and groups are searched by the beginning of their names; the filter is the preset's.";

export const withoutEquivalent: Readonly<Record<string, string>> = {
  AD_HUB: "The cloud's address. Connectors and gateways meet on NATS: `nats.servers`.",
  PROVISIONING_TICKET: ownKeys,
  REALM: "Names the tenant in the cloud's tokens; there are none of these here.",
  TENANT_SIGNING_KEY: ownKeys,
  WSFED_ISSUER: "Names the cloud in its tokens; there are none of these here.",
  AGENT_MODE: "A connector always is an agent: it dials out and listens to nobody.",
  LAST_SENT_THUMBPRINT: ownKeys,
  CONNECTIONS_API_V2_KEY: ownKeys,
  SITE_NAME: "The headline of the old login page.",
  SERVER_URL: noServer,
  PORT: noServer,
  SESSION_SECRET: noServer,
  HTTP_PROXY: "NATS is no HTTP: it is dialled directly, over TLS, and needs a rule in the firewall for it.",
  WS_RECONNECT_INTERVAL_MS: reconnects,
  MAX_HEADER_SIZE: noServer,
  OVERRIDE_CONFIG: "The environment always goes before the file: `DRAWBRIDGE_…`.",
  ANONYMOUS_SEARCH_ENABLED:
    "There is always a service account: what strangers may read is not enough to keep people from being locked out.",
  LDAP_BIND_CREDENTIALS:
    "Encrypted with the old connector's private key, which is not touched. Type the password into the file yourself.",
  LDAP_SEARCH_ALL_QUERY: listing,
  LDAP_SEARCH_QUERY: listing,
  LDAP_SEARCH_LIST_GROUPS_QUERY: listing,
  LDAP_SEARCH_GROUPS:
    "Groups are read as the preset says, nested ones and the primary group too (Active Directory: `tokenGroups`, not the in-chain filter, which is slow).",
  LDAP_SEARCH_RESULTS_OMIT_GROUPS: "A search for people never tells their groups; a login does.",
  LDAP_HEARTBEAT_SECONDS: health,
  LDAP_HEARTBEAT_SEARCH_QUERY: health,
  GROUP_PROPERTIES: "A group is told with its name, its distinguished name and its SID.",
  GROUPS_CACHE_SECONDS:
    "Built in: names and nesting of groups are remembered for a minute; who is in them is read at each login.",
  GROUPS_DEREF_ALIASES: "Aliases are never followed.",
  ENABLE_ACTIVE_DIRECTORY_UNICODE_PASSWORD: "Part of the preset: `active-directory` sets passwords that way.",
  AUTO_UNLOCK_ON_PASSWORD_CHANGE: "Asked for with each reset: `unlock` in `/v1/password/reset`.",
  KERBEROS_AUTH: kerberos,
  WITH_KERBEROS_PROXY_FRONTEND: kerberos,
  KERBEROS_DEBUG_USER: "It made everybody one and the same user. There is no such thing here.",
  FIREWALL_RULE_CREATED: kerberos,
  CLIENT_CERT_AUTH: certificates,
  CA_CERT: certificates,
  AUTH_CERT: ownKeys,
  AUTH_CERT_KEY: ownKeys,
  SSL_PFX: noServer,
  SSL_KEY_PASSWORD: noServer,
  SSL_OPENSSLDIR_PATTERN: authorities,
  CACHE_FILE: "Dead since version 5.0.9 of the old connector.",
};
