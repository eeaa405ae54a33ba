/**
 * A filter in the LDAP library's own terms, which writes it.
 *
 * @module
 */

import { AndFilter, EqualityFilter, OrFilter, PresenceFilter, SubstringFilter } from "ldapts";
import type { Filter } from "ldapts";
import type { LdapFilter } from "./filter.ts";

export function wireFilter(filter: LdapFilter): Filter {
  switch (filter.kind) {
    case "equals":
      return new EqualityFilter({ attribute: filter.attribute, value: filter.value });
    case "starts_with":
      return new SubstringFilter({ attribute: filter.attribute, initial: filter.value });
    case "present":
      return new PresenceFilter({ attribute: filter.attribute });
    case "and":
      return new AndFilter({ filters: filter.all.map(wireFilter) });
    case "or":
      return new OrFilter({ filters: filter.any.map(wireFilter) });
  }
}
