/**
 * The container images that tests use, each overridable from the environment: `NATS_IMAGE=nats:2.12 TEST_ENGINE=docker npm test`.
 *
 * Unless told they are those that `scripts/kubernetes/engine-up.sh` makes, and that of `npm run image`.
 *
 * @module
 */

import { version } from "../../src/cli/version.ts";

export const images = {
  drawbridge: process.env["DRAWBRIDGE_IMAGE"] ?? `drawbridge:${version()}`,
  nats: process.env["NATS_IMAGE"] ?? "nats:lab",
  openldap: process.env["OPENLDAP_IMAGE"] ?? "openldap:lab",
  samba: process.env["SAMBA_IMAGE"] ?? "samba:lab",
} as const;
