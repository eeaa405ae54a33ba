/**
 * When a login may be answered from the cache: when nobody could be asked, and never when somebody answered, or may yet.
 *
 * @module
 */

import type { Fault } from "../../login/verdict.ts";

export function nobodyCouldBeAsked(fault: Fault): boolean {
  switch (fault) {
    case "no_connector":
    case "connector_not_ready":
    case "directory_unreachable":
      return true;
    // Slow, busy or at odds with itself: the directory is there, and the login is to be tried again.
    case "gateway_busy":
    case "throttled":
    case "connector_busy":
    case "directory_refused":
    case "groups_incomplete":
    case "revocation_unknown":
    case "ticket_check_down":
    case "keytab_outdated":
    case "replays_unknown":
    case "deadline_exceeded":
    case "internal_error":
    // The password may have reached the directory, and been wrong there.
    case "bind_unresolved":
    case "change_unresolved":
    // The cache is behind the same bus.
    case "bus_disconnected":
      return false;
  }
}
