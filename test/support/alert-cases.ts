/**
 * For each alert: a world in which it fires, and one in which it just does not.
 *
 * Values are Prometheus' own notation for its unit tests, one a minute: `0+6x30` begins at 0 and grows by 6, thirty times.
 *
 * @see promtool(1), "test rules"
 * @module
 */

type Series = Readonly<Record<string, string>>;

export interface AlertCase {
  readonly fires: Series;
  /** When it has to be firing, in Prometheus' notation. */
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** In the same minute it does not fire. */
  readonly quiet: Series;
}

const logins = (labels: string): string =>
  `drawbridge_logins_total{connection="corp",method="password",${labels}}`;
const answered = logins('outcome="accepted",reason="none"');
const unanswered = logins('outcome="unavailable",reason="no_connector"');
const throttled = logins('outcome="unavailable",reason="throttled"');
const bucket = (le: string): string =>
  `drawbridge_login_duration_seconds_bucket{connection="corp",method="password",outcome="accepted",le="${le}"}`;
const durations =
  'drawbridge_login_duration_seconds_count{connection="corp",method="password",outcome="accepted"}';
const ready = (instance: string): string =>
  `drawbridge_replicas_ready{connection="corp",instance="${instance}"}`;
const state = (controller: string, instance: string): string =>
  `drawbridge_controller_state{connection="corp",controller="${controller}",instance="${instance}"}`;
const build = (program: string, instance: string, version = "1.0.0"): string =>
  `drawbridge_build_info{program="${program}",version="${version}",job="drawbridge",instance="${instance}"}`;
const lag = (instance: string): string =>
  `nodejs_eventloop_lag_p99_seconds{job="drawbridge",instance="${instance}"}`;
const waiting = (instance: string): string =>
  `drawbridge_pool_waiting{connection="corp",controller="dc1:636",instance="${instance}"}`;
const day = 86_400;

export const alertCases: Readonly<Record<string, AlertCase>> = {
  DrawbridgeNoConnector: {
    fires: { [ready("g1")]: "3 3 0x10", [ready("g2")]: "3 3 0x10" },
    at: "5m",
    labels: { connection: "corp" },
    summary: "No connector takes logins for corp",
    quiet: { [ready("g1")]: "3 3 0x10", [ready("g2")]: "3 3 1x10" },
  },
  DrawbridgeOneConnectorLeft: {
    fires: { [ready("g1")]: "3x60 1x30" },
    at: "80m",
    labels: { connection: "corp" },
    summary: "One connector is left for corp",
    quiet: { [ready("g1")]: "1x90" },
  },
  DrawbridgeLoginsUnavailable: {
    fires: { [answered]: "0+60x30", [unanswered]: "0+6x30" },
    at: "15m",
    labels: { connection: "corp" },
    summary: "9.091% of the logins at corp find no answer",
    quiet: { [answered]: "0+60x30", [unanswered]: "0+2x30", [throttled]: "0+600x30" },
  },
  DrawbridgeLoginBudgetBurnsFast: {
    fires: { [answered]: "0+97x120", [unanswered]: "0+3x120" },
    at: "90m",
    labels: { connection: "corp" },
    summary: "Logins at corp use up a month's failures in two days",
    // It was bad, and is over: the short window ends it.
    quiet: { [answered]: "0+97x120", [unanswered]: "0+6x70 420x50" },
  },
  DrawbridgeLoginBudgetBurnsSlowly: {
    fires: { [answered]: "0+99x500", [unanswered]: "0+1x500" },
    at: "8h",
    labels: { connection: "corp" },
    summary: "Logins at corp use up a month's failures in five days",
    quiet: { [answered]: "0+299x500", [unanswered]: "0+1x500" },
  },
  DrawbridgeLoginsSlow: {
    fires: {
      [bucket("1")]: "0+95x40",
      [bucket("2.5")]: "0+98x40",
      [bucket("5")]: "0+100x40",
      [bucket("+Inf")]: "0+100x40",
      [durations]: "0+100x40",
    },
    at: "30m",
    labels: { connection: "corp" },
    summary: "One in a hundred logins at corp takes 3.75s or more",
    quiet: {
      [bucket("1")]: "0+99x40",
      [bucket("2.5")]: "0+100x40",
      [bucket("5")]: "0+100x40",
      [bucket("+Inf")]: "0+100x40",
      [durations]: "0+100x40",
    },
  },
  DrawbridgeLoginsFromCache: {
    fires: { 'drawbridge_cached_logins_total{connection="corp",result="right"}': "0+1x20" },
    at: "10m",
    labels: { connection: "corp" },
    summary: "No directory could be asked for logins at corp; the cache was",
    quiet: { 'drawbridge_cached_logins_total{connection="corp",result="right"}': "7x20" },
  },
  DrawbridgeGuessing: {
    fires: {
      'drawbridge_throttled_total{connection="corp",why="account"}': "0+10x20",
      'drawbridge_throttled_total{connection="corp",why="address"}': "0+20x20",
    },
    at: "12m",
    labels: { connection: "corp" },
    summary: "30 passwords a minute are held back at corp",
    quiet: { 'drawbridge_throttled_total{connection="corp",why="account"}': "0+10x20" },
  },
  DrawbridgeConfigurationsDiffer: {
    fires: { 'drawbridge_replica_configurations{connection="corp",instance="g1"}': "1 2x60" },
    at: "40m",
    labels: { connection: "corp" },
    summary: "The connectors of corp run with 2 different configurations",
    // A rollout of a changed setting.
    quiet: { 'drawbridge_replica_configurations{connection="corp",instance="g1"}': "1 2x20 1x40" },
  },
  DrawbridgeGatewayAbsent: {
    fires: { [build("connector", "c1")]: "1x20", [build("gateway", "g1")]: "1 1 1 stale" },
    at: "15m",
    labels: { program: "gateway" },
    summary: "No gateway is scraped",
    quiet: { [build("gateway", "g1")]: "1x20" },
  },
  DrawbridgeReplicaNotReady: {
    fires: { 'drawbridge_ready{connection="corp",instance="c1"}': "1 0x20" },
    at: "10m",
    labels: { connection: "corp", instance: "c1" },
    summary: "c1 takes no logins for corp",
    // Shorter than five minutes: a replica that starts.
    quiet: { 'drawbridge_ready{connection="corp",instance="c1"}': "0 0 0 0 1x20" },
  },
  DrawbridgeConnectorAbsent: {
    fires: { [build("gateway", "g1")]: "1x20" },
    at: "10m",
    labels: { program: "connector" },
    summary: "No connector is scraped",
    quiet: { [build("connector", "c1")]: "1x20" },
  },
  DrawbridgeControllerDown: {
    fires: {
      [state("dc1:636", "c1")]: "2 0x20",
      [state("dc1:636", "c2")]: "2 0x20",
      [state("dc2:636", "c1")]: "2x20",
    },
    at: "10m",
    labels: { connection: "corp", controller: "dc1:636" },
    summary: "Controller dc1:636 of corp is down",
    quiet: { [state("dc1:636", "c1")]: "2 0x20", [state("dc1:636", "c2")]: "2 1x20" },
  },
  DrawbridgeLastController: {
    fires: {
      [state("dc1:636", "c1")]: "0x20",
      [state("dc2:636", "c1")]: "0x20",
      [state("dc3:636", "c1")]: "1x20",
    },
    at: "5m",
    labels: { connection: "corp" },
    summary: "One controller of corp is left",
    // There never was more than one.
    quiet: { [state("dc1:636", "c1")]: "2x20" },
  },
  DrawbridgeNoController: {
    fires: { [state("dc1:636", "c1")]: "0x20", [state("dc2:636", "c1")]: "0x20" },
    at: "5m",
    labels: { connection: "corp" },
    summary: "No controller of corp answers",
    quiet: { [state("dc1:636", "c1")]: "0x20", [state("dc2:636", "c1")]: "1x20" },
  },
  DrawbridgeServiceAccountRefused: {
    // Counted for the first time: there was no series before.
    fires: {
      'drawbridge_service_account_tries_total{connection="corp",password="newest",result="service_account_bad_credentials"}':
        "_x20 1x10",
    },
    at: "25m",
    labels: { connection: "corp", result: "service_account_bad_credentials" },
    summary: "The directory refuses the service account of corp: service_account_bad_credentials",
    quiet: {
      'drawbridge_service_account_tries_total{connection="corp",password="newest",result="ok"}': "_x20 1x10",
      // An hour ago.
      'drawbridge_service_account_tries_total{connection="corp",password="previous",result="service_account_bad_credentials"}':
        "1x30",
    },
  },
  DrawbridgeBindsRefused: {
    fires: {
      'drawbridge_binds_refused_total{connection="corp",controller="dc1:636",why="channel_binding_required"}':
        "4x20 5x10",
    },
    at: "25m",
    labels: { connection: "corp", controller: "dc1:636", why: "channel_binding_required" },
    summary: "dc1:636 checks no passwords for us: channel_binding_required",
    quiet: {
      'drawbridge_binds_refused_total{connection="corp",controller="dc1:636",why="channel_binding_required"}':
        "5x30",
    },
  },
  DrawbridgePoolExhausted: {
    fires: { [waiting("c1")]: "0 3x20", [waiting("c2")]: "0x20" },
    at: "5m",
    labels: { connection: "corp", controller: "dc1:636" },
    summary: "Logins wait for a connection to dc1:636",
    // Now and then is no shortage.
    quiet: { [waiting("c1")]: "0 3 0 3 0 3 0 3 0 3 0x20", [waiting("c2")]: "0x20" },
  },
  DrawbridgeControllerCertificateExpires: {
    fires: {
      'drawbridge_controller_certificate_expiry_seconds{connection="corp",controller="dc1:636",instance="c1"}': `${10 * day}x30`,
    },
    at: "20m",
    labels: { connection: "corp", controller: "dc1:636" },
    summary: "The certificate of dc1:636 expires in 9d 23h 40m 0s",
    quiet: {
      'drawbridge_controller_certificate_expiry_seconds{connection="corp",controller="dc1:636",instance="c1"}': `${15 * day}x30`,
    },
  },
  DrawbridgeKeytabOutdated: {
    fires: {
      'drawbridge_verifications_total{connection="corp",method="kerberos",outcome="unavailable",reason="keytab_outdated"}':
        "_x20 1x10",
    },
    at: "25m",
    labels: { connection: "corp" },
    summary: "The keytab of corp is older than the directory's key",
    quiet: {
      'drawbridge_verifications_total{connection="corp",method="kerberos",outcome="denied",reason="ticket_old_key"}':
        "0+5x30",
    },
  },
  DrawbridgeClockWrong: {
    fires: { 'drawbridge_clock_offset_seconds{connection="corp",instance="c1"}': "-125x20" },
    at: "10m",
    labels: { connection: "corp", instance: "c1" },
    summary: "The clock of c1 is 2m 5s from the controllers'",
    quiet: { 'drawbridge_clock_offset_seconds{connection="corp",instance="c1"}': "-45x20" },
  },
  DrawbridgeBusLost: {
    fires: {
      'drawbridge_bus_connected{instance="c1"}': "1 0x20",
      'drawbridge_bus_connected{instance="c2"}': "1x20",
    },
    at: "5m",
    labels: { instance: "c1" },
    summary: "c1 has no connection to NATS",
    quiet: { 'drawbridge_bus_connected{instance="c1"}': "1 1 1 0 1x20" },
  },
  DrawbridgeStoreAway: {
    fires: { 'drawbridge_store_available{bucket="drawbridge-cache",instance="g1"}': "1 0x20" },
    at: "5m",
    labels: { bucket: "drawbridge-cache" },
    summary: "JetStream does not answer for drawbridge-cache",
    quiet: { 'drawbridge_store_available{bucket="drawbridge-cache",instance="g1"}': "1 1 1 1 0 1x20" },
  },
  DrawbridgeVersionsDiffer: {
    fires: { [build("connector", "c1", "1.0.0")]: "1x90", [build("connector", "c2", "1.1.0")]: "1x90" },
    at: "80m",
    labels: { program: "connector" },
    summary: "2 versions of the connector run side by side",
    // A rollout; and two programs need not have the same version.
    quiet: {
      [build("connector", "c1", "1.0.0")]: "1x50 stale",
      [build("connector", "c2", "1.1.0")]: "1x90",
      [build("gateway", "g1", "1.0.0")]: "1x90",
    },
  },
  DrawbridgeCertificateExpires: {
    fires: { 'drawbridge_certificate_expiry_seconds{certificate="https",instance="g1"}': `${10 * day}x30` },
    at: "20m",
    labels: { certificate: "https" },
    summary: "https  expires in 9d 23h 40m 0s",
    quiet: { 'drawbridge_certificate_expiry_seconds{certificate="https",instance="g1"}': `${15 * day}x30` },
  },
  DrawbridgeKeysUnusable: {
    fires: {
      'drawbridge_keys_renewed_total{instance="g1",keys="https",result="unusable"}': "_x20 1x10",
      'drawbridge_keys_renewed_total{instance="g1",keys="identity",result="ok"}': "0+1x30",
    },
    at: "25m",
    labels: { instance: "g1" },
    summary: "A new key or certificate is of no use to g1",
    quiet: {
      'drawbridge_secrets_renewed_total{instance="c1",connection="corp",result="ok"}': "_x20 1x10",
      'drawbridge_secrets_renewed_total{instance="c1",connection="corp",result="unusable"}': "1x30",
    },
  },
  DrawbridgeSessionsRefused: {
    fires: { 'drawbridge_sessions_refused_total{connection="corp",why="bad_certificate"}': "0+1x30" },
    at: "20m",
    labels: { connection: "corp", why: "bad_certificate" },
    summary: "A gateway and a connector of corp do not believe each other: bad_certificate",
    quiet: { 'drawbridge_sessions_refused_total{connection="corp",why="bad_certificate"}': "3x30" },
  },
  DrawbridgeMessagesRefused: {
    fires: { 'drawbridge_messages_refused_total{kind="heartbeat",why="malformed"}': "0+30x30" },
    at: "25m",
    labels: { kind: "heartbeat", why: "malformed" },
    summary: "Messages from NATS are not believed: heartbeat, malformed",
    quiet: { 'drawbridge_messages_refused_total{kind="session",why="not_opened"}': "0+1x30" },
  },
  DrawbridgeEventLoopBlocked: {
    fires: { [lag("c1")]: "0.35x20", [build("connector", "c1")]: "1x20" },
    at: "10m",
    labels: { job: "drawbridge", instance: "c1", program: "connector" },
    summary: "The connector c1 stands still for 350ms at a time",
    // Another program on the same machine is not ours to mind.
    quiet: { [lag("c1")]: "0.02x20", [build("connector", "c1")]: "1x20", [lag("other")]: "2x20" },
  },
  DrawbridgeAuditRecordsLost: {
    fires: { 'drawbridge_audit_records_total{sink="stream",result="lost"}': "_x20 12x10" },
    at: "25m",
    labels: { sink: "stream" },
    summary: "Audit records are lost: stream",
    quiet: {
      'drawbridge_audit_records_total{sink="stream",result="lost"}': "12x30",
      'drawbridge_audit_records_total{sink="file",result="kept"}': "0+60x30",
    },
  },
  DrawbridgeDefect: {
    fires: { 'drawbridge_defects_total{where="login_route"}': "_x20 1x10" },
    at: "25m",
    labels: { where: "login_route" },
    summary: "A defect of ours in login_route",
    quiet: { 'drawbridge_defects_total{where="login_route"}': "1x30" },
  },
};

/** Nothing is wrong, for eight hours: logins, wrong passwords, a rollout in the middle, a few guesses. No alert fires at any time. */
export const calmDay: Series = {
  [answered]: "0+100x480",
  [logins('outcome="denied",reason="bad_credentials"')]: "0+7x480",
  [unanswered]: "0x200 0+1x2 2x278",
  [throttled]: "0x100 0+3x20 60x360",
  [bucket("1")]: "0+100x480",
  [bucket("2.5")]: "0+100x480",
  [bucket("+Inf")]: "0+100x480",
  [durations]: "0+100x480",
  [ready("g1")]: "3x240 2 3 2 3x237",
  [state("dc1:636", "c1")]: "2x300 0 2x179",
  [state("dc2:636", "c1")]: "2x480",
  [build("gateway", "g1")]: "1x480",
  [build("connector", "c1", "1.0.0")]: "1x240 stale",
  [build("connector", "c1b", "1.1.0")]: "_x239 1x240",
  'drawbridge_replica_configurations{connection="corp",instance="g1"}': "1x240 2 2 1x237",
  'drawbridge_audit_records_total{sink="stream",result="kept"}': "0+107x480",
  [lag("g1")]: "0.012x480",
  [waiting("c1")]: "0x100 2 0x379",
  'drawbridge_ready{connection="corp",instance="c1"}': "1x240 0 0 1x237",
  'drawbridge_bus_connected{instance="c1"}': "1x480",
  'drawbridge_store_available{bucket="drawbridge-cache",instance="g1"}': "1x480",
  'drawbridge_clock_offset_seconds{connection="corp",instance="c1"}': "0.4x480",
  'drawbridge_service_account_tries_total{connection="corp",password="newest",result="ok"}': "1x480",
  'drawbridge_certificate_expiry_seconds{certificate="https",instance="g1"}': `${90 * day}x480`,
  'drawbridge_controller_certificate_expiry_seconds{connection="corp",controller="dc1:636",instance="c1"}': `${300 * day}x480`,
  'drawbridge_messages_refused_total{kind="session",why="not_opened"}': "0x240 4x240",
  'drawbridge_keys_renewed_total{instance="g1",keys="https",result="ok"}': "0x300 1x180",
};
