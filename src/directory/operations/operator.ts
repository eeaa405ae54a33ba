/**
 * What a directory does beside checking passwords, as far as its settings offer it.
 *
 * @module
 */

import { refused } from "../../login/operation.ts";
import type { OperationMethod } from "../../login/operation.ts";
import type { Operator } from "../../login/ports.ts";
import { createListing } from "./listing.ts";
import type { ListingDeps } from "./listing.ts";
import { findStanding } from "./standing.ts";
import type { StandingDeps } from "./standing.ts";
import { setPassword } from "./set-password.ts";
import type { SetPasswordDeps } from "./set-password.ts";

export interface OperatorDeps extends SetPasswordDeps, ListingDeps, StandingDeps {
  readonly offered: ReadonlySet<OperationMethod>;
}

export function createOperator(deps: OperatorDeps): Operator {
  const list = createListing(deps);
  return {
    async perform(operation, context) {
      if (operation.method === "account.find") {
        context.report("searching");
        return findStanding(deps, operation, context.deadline);
      }
      if (!deps.offered.has(operation.method)) return refused("not_offered");
      switch (operation.method) {
        case "users.search":
        case "groups.list":
          return list(operation, context);
        case "password.change":
        case "password.reset":
          return setPassword(deps, operation, context);
      }
    },
  };
}
