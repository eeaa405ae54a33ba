/**
 * What is often used instead: `passport-ldapauth`, which connects twice anew for each login, once as the service account and once as
 * the person.
 */

import { driverOptions, serveDriver } from "../driver-side.ts";
import { openStrategy } from "../passport.ts";

const options = driverOptions();
const strategy = await openStrategy({
  url: options.url,
  bindDN: options.service.name,
  bindCredentials: options.service.password,
  searchBase: options.baseDn,
  searchFilter: "(uid={{username}})",
  groupSearchBase: options.baseDn,
  groupSearchFilter: "(member={{dn}})",
  tlsOptions: { ca: options.ca },
});

serveDriver(options, (username) => strategy.logIn(username, options.password));
