/**
 * What is often used instead: `ldap-authentication`, which connects anew for each login.
 */

import { authenticate } from "ldap-authentication";
import { driverOptions, serveDriver } from "../driver-side.ts";

const options = driverOptions();

serveDriver(options, async (username) => {
  const user: unknown = await authenticate({
    ldapOpts: { url: options.url, tlsOptions: { ca: options.ca } },
    adminDn: options.service.name,
    adminPassword: options.service.password,
    userSearchBase: options.baseDn,
    usernameAttribute: "uid",
    username,
    userPassword: options.password,
    groupsSearchBase: options.baseDn,
    groupClass: "groupOfNames",
    groupMemberAttribute: "member",
  });
  return typeof user === "object" && user !== null;
});
