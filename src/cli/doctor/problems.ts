/**
 * Everything that `drawbridge doctor` can find, why it matters, and what to do about it.
 *
 * @module
 */

export interface Explanation {
  readonly why: string;
  readonly what: string;
  /** Logins work all the same, or an operator may want it so. */
  readonly isWarning?: true;
}

export type Problem = keyof typeof table;

const table = {
  configuration_invalid: {
    why: "Neither program starts with it.",
    what: "Correct the setting, or the file that it names.",
  },
  clock_off: {
    why: "Kerberos refuses clocks that differ by more than 5 minutes; beyond 15 minutes gateways and connectors refuse each other's certificates, and every certificate's dates are read wrongly.",
    what: "Set this machine's clock by NTP, from the source that the domain's controllers have.",
  },
  clock_drifts: {
    why: "It is not much yet. At 5 minutes Kerberos begins to refuse.",
    what: "Set this machine's clock by NTP, from the source that the domain's controllers have.",
    isWarning: true,
  },
  dns_no_records: {
    why: "The connector finds no controller, and nobody can log in.",
    what: "Check `discovery.domain`, and that the name servers asked are the domain's own (`discovery.nameServers`); or list `controllers`.",
  },
  dns_foreign: {
    why: "DNS names only hosts outside the domain. They are not believed, because a forged answer could lead anywhere.",
    what: "Set `discovery.domain` to the domain that the controllers' host names end in, or list `controllers`.",
  },
  dns_failed: {
    why: "While DNS gives no answer, a connector that starts finds no controller.",
    what: "Check `discovery.nameServers`, and that UDP and TCP port 53 are open to them.",
  },
  host_unknown: {
    why: "Nothing can be connected to by a name that has no address.",
    what: "Check the host's name, and the DNS of this machine.",
  },
  port_refused: {
    why: "The machine is there and nothing listens on this port, or a firewall refuses it.",
    what: "Check the port, whether the server runs, and the firewall's rules.",
  },
  port_silent: {
    why: "Nothing came back: most often a firewall that drops packets, or a machine that is off. Every connection there costs a time-out.",
    what: "Open the port from here to there; check that the machine is up.",
  },
  not_tls: {
    why: "Nothing is ever sent without encryption, so this server is of no use.",
    what: "Check that the port speaks TLS (636 for `ldaps://`), or offers StartTLS (`ldap://` with `startTls: true`).",
  },
  tls_silent: {
    why: "The connection opens and then nothing comes: a server that stands still, or something between that lets connections open and no data through. Every connection there costs a time-out.",
    what: "See whether the server works; look for a firewall or proxy that inspects this traffic.",
  },
  ca_expired: {
    why: "No certificate that it signed is believed any more.",
    what: "Put the authority's new certificate into the CA file. Both the old and the new one may stand in it while servers are changed over.",
  },
  certificate_expired: {
    why: "It is not believed, and so nothing is sent to this server.",
    what: "Renew the server's certificate.",
  },
  certificate_not_yet_valid: {
    why: "It is not believed before its first day.",
    what: "Most often this machine's clock is behind; otherwise wait, or issue it anew.",
  },
  certificate_expires_soon: {
    why: "From that day on nothing is sent to this server.",
    what: "Renew it now.",
    isWarning: true,
  },
  host_name_not_in_certificate: {
    why: "Anybody with some other certificate of the same authority could stand in for this server.",
    what: "Use a name that the certificate has, issue one with this name, or set `tlsName` where all controllers share one.",
  },
  unknown_ca: {
    why: "A server that nobody known vouches for may be anybody.",
    what: "Set the CA file to the certificate of the authority that signed it; if the server leaves out certificates in between, have it send them.",
  },
  certificate_refused: {
    why: "What cannot be verified is not talked to.",
    what: "Look the code up in OpenSSL's verify(1), and correct the certificate.",
  },
  service_password_wrong: {
    why: "Without the service account nobody is found. It was tried once, which counts as one wrong password; replicas wait ten minutes between tries, so that it is not locked.",
    what: "Put the right password into the file that `serviceAccount.passwordFile` names; running connectors take it over within seconds.",
  },
  service_account_denied: {
    why: "Without the service account nobody is found.",
    what: "Mend the account in the directory. Its password must not expire while nobody changes it here.",
  },
  service_account_refused: {
    why: "The directory answered, and not about the password.",
    what: "See the result code, and the controller's own log.",
  },
  base_unknown: {
    why: "Nobody is ever found below a name that does not exist.",
    what: "Correct `baseDn`; the directory's own bases are shown.",
  },
  base_unreadable: {
    why: "Nobody is found where the service account may not search.",
    what: "Give the service account the right to read below `baseDn`.",
  },
  nobody_found: {
    why: "Not one account is visible below `baseDn`, so nobody can log in.",
    what: "Check `baseDn`, `preset`, and what the service account may read.",
  },
  name_unknown: {
    why: "The login of this name is denied as `unknown_account`.",
    what: "Check the spelling, `baseDn`, and the attributes in `names`.",
  },
  name_ambiguous: {
    why: "Several accounts have this name. None is taken, because it could be the wrong person: the login is denied as `ambiguous_account`.",
    what: "Make the attribute unique, narrow `baseDn`, or compare names with another attribute (`names`).",
  },
  search_failed: {
    why: "A login that needs this search ends as unavailable.",
    what: "See the controllers above, and the directory's own log.",
  },
  groups_failed: {
    why: "Applications decide by groups; a login without them may be worth nothing, and with `groups.required` it is refused.",
    what: "See the controllers above; give the service account the right to read groups.",
  },
  groups_incomplete: {
    why: "The login says `groupsRead: incomplete`; with `groups.required` it is refused.",
    what: "Raise `groups.timeout` or `groups.max`, or choose fewer with `groups.below`.",
    isWarning: true,
  },
  failure_time_hidden: {
    why: "When a replica dies after a bind, the next one asks this attribute whether that bind counted. Hidden, it seems never to have: the password is sent again, and a wrong one counts twice.",
    what: "Give the service account the right to read this attribute of every person.",
  },
  failure_time_unknown: {
    why: "If it may not be read, a wrong password can count twice when a replica dies in the middle of a login.",
    what: "Make sure that the service account may read this attribute of every person.",
    isWarning: true,
  },
  failure_time_absent: {
    why: "When a replica dies after a bind, nothing tells the next one whether that bind counted, so a wrong password can count twice.",
    what: "Load the directory's password policy (OpenLDAP: the overlay ppolicy), which keeps the times of failed logins.",
    isWarning: true,
  },
  lockout_policy_hidden: {
    why: "How many wrong passwords lock an account cannot be seen, so guesses cannot be stopped before they lock people out.",
    what: "Give the service account the right to read the policy, or, where the directory locks nobody, leave it so.",
    isWarning: true,
  },
  fine_grained_policy_hidden: {
    why: "How many wrong passwords lock these people is not known, so they are taken to be locked at the third and wait sooner than they need to.",
    what: "Let the service account read the fine-grained password policies (Password Settings Container).",
    isWarning: true,
  },
  revocation_not_checked: {
    why: "A certificate that was stolen or taken back logs in until it expires.",
    what: "Switch `revocation.check` on, and say where to ask.",
    isWarning: true,
  },
  revocation_unanswerable: {
    why: "Nobody can say whether a certificate has been revoked, so every login with one is unavailable.",
    what: "Name lists in `revocation.crlFiles`, or the hosts that certificates name in `revocation.hosts`.",
  },
  revocation_list_outdated: {
    why: "What is outdated says nothing any more; where nobody else can say, logins with certificates are unavailable.",
    what: "Fetch the authority's new list; a changed file is taken over by itself.",
  },
  revocation_host_unreachable: {
    why: "Who is revoked cannot be asked there; where nobody else can say, logins with certificates are unavailable.",
    what: "Open the way from here to it (HTTP), or fetch lists by other means and name them in `revocation.crlFiles`.",
  },
  keytab_service_unknown: {
    why: "Browsers get no ticket for a service that the directory does not know, and everybody sees the form.",
    what: "Register it with the account that the keytab was made of: `setspn -S HTTP/host account`.",
  },
  keytab_service_ambiguous: {
    why: "The directory issues no tickets for a service that several accounts have.",
    what: "Take it from all accounts but the one that the keytab was made of: `setspn -D HTTP/host account`.",
  },
  keytab_outdated: {
    why: "Tickets are sealed with a key that the keytab does not have: no Kerberos login is accepted.",
    what: "Make the keytab anew since the account's password was changed; a changed file is taken over by itself.",
  },
  nats_user_refused: {
    why: "This program is not let on the bus.",
    what: "See whether the user of `nats.nkeyFile` is in the servers' users.conf (`drawbridge keys list` tells its public key), and whether they have loaded that.",
  },
  nats_failed: {
    why: "While no server of the list can be used, every login is unavailable; while one cannot, there is one less to fall back on.",
    what: "See the sentence; check the server's log.",
  },
  nats_messages_short: {
    why: "A long message is refused there: the Kerberos ticket of somebody in very many groups, or a long list of groups.",
    what: "Set `max_payload` as deploy/nats/drawbridge.conf has it.",
    isWarning: true,
  },
  nats_without_store: {
    why: "What programs share, and the audit, is in JetStream. Where no server has it, each program remembers for itself, and what it would add to the audit's stream waits in its memory until that is full.",
    what: "Switch JetStream on, as deploy/nats/drawbridge.conf does, on three servers at least.",
    isWarning: true,
  },
  nats_permission_missing: {
    why: "The program cannot do its part of a login on this server.",
    what: "Give its user the permissions in deploy/nats that are this program's, and have the server load them.",
  },
  nats_permission_excess: {
    why: "The user may do more than its program needs. Whoever steals its key can do more than that program could.",
    what: "Use one user for each program, with the permissions in deploy/nats.",
    isWarning: true,
  },
  key_not_pinned_here: {
    why: "The other side signs with a key that this configuration does not list, so it is taken for a stranger.",
    what: "Add its public key to the list here; or, if nobody knows that key, find out who runs there.",
  },
  key_not_pinned_there: {
    why: "The other side does not list the key of this configuration, so this program is taken for a stranger.",
    what: "Add this side's public key to the list on the other side.",
  },
  peer_silent: {
    why: "Somebody is heard and does not answer: stopped, cut off, or without the permission to answer.",
    what: "See that program's log, and run its own `drawbridge doctor`.",
  },
  no_connector: {
    why: "Every login of this connection is unavailable.",
    what: "Start connectors, and see that they reach the same NATS cluster and account.",
  },
  no_gateway: {
    why: "Nobody asks for logins, or no gateway believes this connector.",
    what: "Start a gateway; see that it reaches the same NATS cluster, and that the key of these connectors is in its `connectorKeyFiles`.",
    isWarning: true,
  },
  replicas_differ: {
    why: "The same login ends differently at different replicas: which one takes it is chance.",
    what: "Bring the named settings into line, and restart the replicas that were left behind. While an upgrade is under way it may be so.",
    isWarning: true,
  },
  connector_not_ready: {
    why: "Replicas are there, and none has a controller that answers.",
    what: "Run `drawbridge doctor` with the connector's configuration, inside its network.",
  },
  connector_busy: {
    why: "Every replica is at its limit; people get `unavailable`.",
    what: "More replicas, or find out why the directory is slow.",
  },
  round_trip_failed: {
    why: "A login would end as unavailable.",
    what: "See the findings above, and the logs of both sides.",
  },
  check_failed: {
    why: "The check itself ended without a result.",
    what: "Run it again; report it if it happens again.",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export const problems: Readonly<Record<Problem, Explanation>> = table;
