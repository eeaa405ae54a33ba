/**
 * Every scenario, in the order in which they run.
 *
 * @module
 */

import { busScenarios } from "./bus-scenarios.ts";
import { controllerScenarios } from "./controller-scenarios.ts";
import { replicaScenarios } from "./replica-scenarios.ts";
import type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [
  { name: "nothing", what: "nothing is broken", run: async () => {} },
  ...replicaScenarios,
  ...busScenarios,
  ...controllerScenarios,
];
