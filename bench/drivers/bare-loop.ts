/**
 * What nothing can be faster than: the same directory asked the same things by a bare LDAP client, on connections that are kept,
 * without a bus, a second process, or any thought of failure.
 */

import { driverOptions, serveDriver } from "../driver-side.ts";
import { openLdap, Turns } from "../ldap-login.ts";

const options = driverOptions();
const searches = await Promise.all([openLdap(options), openLdap(options)]);
const binds = await Promise.all(Array.from({ length: options.pool }, () => openLdap(options)));
const turns = new Turns(binds);
let logins = 0;

serveDriver(options, async (account) => {
  const search = searches[logins++ % searches.length];
  const distinguishedName = await search?.find(account);
  if (search === undefined || distinguishedName === undefined) return false;
  const groups = search.groupsOf(account, distinguishedName);
  groups.catch(() => undefined);
  const isRight = await turns.with((bind) => bind.check(distinguishedName, options.password));
  return isRight && (await groups) >= 0;
});
