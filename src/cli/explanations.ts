/**
 * What each way for a login to fail means, and what an operator does about it.
 *
 * The tables are keyed by the unions of the source, so that a new member does not compile before it is explained here.
 *
 * @module
 */

import type { DenialReason, Fault } from "../login/verdict.ts";

export interface Explanation {
  readonly meaning: string;
  readonly action: string;
}

export const denials: Readonly<Record<DenialReason, Explanation>> = {
  bad_credentials: {
    meaning: "The directory refused the password.",
    action: "None, unless they come in waves: somebody may be guessing.",
  },
  unknown_account: {
    meaning: "No account has this name. Nothing was bound.",
    action: "Check `baseDn` if it happens to people who exist.",
  },
  ambiguous_account: {
    meaning: "Several accounts have this name, so none of them is taken. Nothing was bound.",
    action: "Make the attribute unique, or narrow `baseDn`.",
  },
  account_disabled: {
    meaning: "The account is disabled.",
    action: "Enable it in the directory, if it should be.",
  },
  account_expired: { meaning: "The account's end date has passed.", action: "Extend it in the directory." },
  account_locked: {
    meaning: "Too many wrong passwords; the directory refuses right ones too.",
    action: "Wait for the lockout to end, or unlock the account. Find out who guesses.",
  },
  password_expired: { meaning: "The password is too old.", action: "The person changes it." },
  password_must_change: {
    meaning: "The password was reset and must be changed before it is good for anything.",
    action: "The person changes it.",
  },
  logon_hours: { meaning: "The account may not log in at this time.", action: "See its logon hours." },
  workstation_restricted: {
    meaning: "The account may log in only from certain workstations, and the connector is none of them.",
    action: "See the account's list of workstations.",
  },
  logon_type_not_granted: {
    meaning: "The controller's policy does not let this account log in over the network.",
    action: "See the user rights in the controllers' group policy.",
  },
  certificate_malformed: {
    meaning: "What was shown is no certificate as the standard has it.",
    action: "Look at it with `openssl x509 -text`; the authority that made it has to make it anew.",
  },
  certificate_untrusted: {
    meaning: "No path of signatures leads from the certificate to an authority in `certificates.caFile`.",
    action:
      "Right for strangers. For the company's own: is an authority missing there, or in `intermediatesFile`?",
  },
  certificate_expired: {
    meaning: "The certificate, or an authority's above it, is past its end.",
    action: "The person gets a new one.",
  },
  certificate_not_yet_valid: {
    meaning: "The certificate, or an authority's above it, is not valid yet.",
    action: "Wait; look at the connector's clock if it happens to many.",
  },
  certificate_weak: {
    meaning:
      "A key or signature on the path is weaker than 112 bits: SHA-1, RSA below 2048 bits, an unusual curve.",
    action: "The authority issues stronger ones.",
  },
  certificate_critical_extension: {
    meaning: "The certificate demands to be understood in a part that is not understood here.",
    action: "Issue it without that critical extension.",
  },
  certificate_constrained: {
    meaning:
      "An authority on the path may not issue this: it is none, may have no authorities below it, or not for this name.",
    action:
      "Right for somebody who signs what they may not. Else see the authority's basic and name constraints.",
  },
  certificate_wrong_purpose: {
    meaning:
      "The certificate is not made for logins: client authentication or smart card logon, as `certificates.purposes` says.",
    action: "The person shows another certificate.",
  },
  certificate_wrong_policy: {
    meaning:
      "The certificate does not stand under one of `certificates.policies`, or its authorities forbid its policy.",
    action: "The person shows another certificate.",
  },
  certificate_revoked: {
    meaning: "The authority has revoked the certificate, or one on its path.",
    action: "The person gets a new one. Find out why it was revoked.",
  },
  certificate_sid_mismatch: {
    meaning: "The certificate was issued for another account than the one it is mapped to.",
    action:
      "Somebody may be trying to be somebody else. See the certificate's SID and the account's mapping.",
  },
  ticket_malformed: {
    meaning: "What came after `Negotiate` is no Kerberos token in SPNEGO.",
    action: "None; some clients offer other mechanisms.",
  },
  ticket_ntlm: {
    meaning: "The client sent NTLM, because it found no ticket for this service. Nobody here can check NTLM.",
    action:
      "Is the service's principal name (`HTTP/host`) registered, is the client in the domain, and is the host in its intranet zone?",
  },
  ticket_clock_skew: {
    meaning: "The ticket's time and the connector's are more than five minutes apart.",
    action: "Set the clocks. If everybody is refused, it is the connector's.",
  },
  ticket_expired: { meaning: "The ticket is too old.", action: "The person locks and unlocks the screen." },
  ticket_wrong_service: {
    meaning: "The ticket is for a service of which the keytab has no key.",
    action: "Put the name under which browsers reach the gateway into the keytab.",
  },
  ticket_wrong_key: {
    meaning: "The keytab has a key of the ticket's version that does not open it.",
    action:
      "Make a new keytab: the password of the service's account was changed without one, or another account has the name too.",
  },
  ticket_old_key: {
    meaning: "The ticket was made with a key that the keytab has no more.",
    action: "Keep the key before the newest in the keytab for as long as tickets live, ten hours by default.",
  },
  ticket_refused: {
    meaning: "The Kerberos library refused the ticket for another reason.",
    action: "None, unless they come in waves.",
  },
  ticket_replayed: {
    meaning: "The ticket was presented before, here or at another replica.",
    action: "Somebody may have recorded it: find out where it came from.",
  },
  ticket_foreign_realm: {
    meaning: "The ticket is good, but its realm is not in `kerberos.realms`.",
    action: "Add the realm if its people should get in.",
  },
};

export const outages: Readonly<Record<Fault, Explanation>> = {
  no_connector: {
    meaning: "No replica of the connection is on the bus.",
    action: "Are connectors running, and is `drawbridge_bus_connected` 1 on them?",
  },
  gateway_busy: {
    meaning: "This gateway works on as many requests of the connection as it may.",
    action:
      "More gateways, or a higher `gateway.inFlightMax` where its processor has room. Look first whether the directory has become slow.",
  },
  connector_busy: {
    meaning: "Every replica that answered was at its limit.",
    action:
      "Add replicas, or raise `inFlightMax` if the directory can take more. Look for a slow controller.",
  },
  connector_not_ready: {
    meaning: "Replicas are on the bus, none of them has a controller that answers.",
    action: "See `drawbridge_controller_state` and the log's `controller_changed`.",
  },
  directory_unreachable: {
    meaning: "No controller answered the search, or the connection to bind on.",
    action: "See `drawbridge_controller_state`, the network, and the controllers' certificates.",
  },
  directory_refused: {
    meaning: "The directory answered with a result that is not about the person.",
    action: "Check the service account's password and rights; then the controllers' own logs.",
  },
  bind_unresolved: {
    meaning:
      "A bind was sent, its answer never came, and the directory could not be asked whether it counted. It is not sent again, because a wrong password must count once.",
    action: "A controller or a replica died at that moment; the person tries again.",
  },
  change_unresolved: {
    meaning: "A new password was sent, and its answer never came: nobody knows whether it is set.",
    action: "The person tries the new password, then the old one. See `drawbridge_controller_state`.",
  },
  groups_incomplete: {
    meaning: "`directory.groups.required` is set, and not all groups of the person could be read.",
    action:
      "Compare `directory.groups.timeout` and `max` with what this person has; see the controllers' answer times.",
  },
  ticket_check_down: {
    meaning: "The process of a connector that opens tickets does not run. Passwords are not concerned.",
    action:
      "It is started again by itself; see `acceptor_died` in the log. Report it if that comes again and again.",
  },
  keytab_outdated: {
    meaning: "The ticket was made with a newer key than any replica's keytab has.",
    action: "Bring the new keytab to the connectors. Next time bring it before the password is changed.",
  },
  replays_unknown: {
    meaning: "The shared store did not say in time whether the ticket was used before.",
    action: "See the NATS servers' JetStream. `kerberos.replays.whenUnknown` decides what happens.",
  },
  throttled: {
    meaning:
      "Too many wrong passwords for this account or from this address. Nothing was asked of the directory; the caller gets 429.",
    action:
      "See `drawbridge_throttled_total` for which limit it was. Somebody guesses, or `trustedProxies` is missing and all people have one address.",
  },
  deadline_exceeded: {
    meaning: "The time for the login, `loginDeadline`, ran out.",
    action:
      "Compare `drawbridge_directory_operation_duration_seconds` with `drawbridge_claim_duration_seconds`.",
  },
  bus_disconnected: {
    meaning: "This gateway has lost its own connection to NATS.",
    action: "See its log's `bus_disconnected`, and the NATS servers.",
  },
  internal_error: {
    meaning: "A defect of Drawbridge.",
    action: "Report it, with the record `defect` from the log.",
  },
  revocation_unknown: {
    meaning:
      "Nobody could say whether the certificate is revoked, and `certificates.revocation.whenUnknown` is `unavailable`.",
    action:
      "See the log's `revocation_asked`: is the responder or the list's server down, not in `hosts`, or the list out of date?",
  },
};
