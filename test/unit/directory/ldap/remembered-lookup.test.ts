import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { test } from "node:test";
import { rememberedLookup } from "../../../../src/directory/ldap/remembered-lookup.ts";
import type { FindAddresses } from "../../../../src/directory/ldap/remembered-lookup.ts";

const first: LookupAddress = { address: "10.0.0.1", family: 4 };
const second: LookupAddress = { address: "10.0.0.2", family: 4 };

interface Looking {
  readonly asked: readonly string[];
  answer: FindAddresses;
  look(host: string, all?: boolean): Promise<unknown>;
}

function looking(answer: FindAddresses): Looking {
  const asked: string[] = [];
  const find = rememberedLookup((host) => {
    asked.push(host);
    return looked.answer(host);
  });
  const looked: Looking = {
    asked,
    answer,
    look: (host, all = true) =>
      new Promise((resolve) => {
        find(host, { all }, (error, addresses) => resolve(error?.code ?? addresses));
      }),
  };
  return looked;
}

test("what DNS says now is used, in both forms that sockets ask for", async () => {
  const dns = looking(() => Promise.resolve([first, second]));
  assert.deepEqual(await dns.look("dc1"), [first, second]);
  assert.equal(await dns.look("dc1", false), first.address);
  dns.answer = () => Promise.resolve([second]);
  assert.deepEqual(await dns.look("dc1"), [second]);
});

test("what it said before is used while it is silent, fails, or knows nothing", async () => {
  const dns = looking(() => Promise.resolve([first]));
  await dns.look("dc1");
  dns.answer = () => Promise.reject(new Error("SERVFAIL"));
  assert.deepEqual(await dns.look("dc1"), [first]);
  dns.answer = () => Promise.resolve([]);
  assert.deepEqual(await dns.look("dc1"), [first]);
  dns.answer = () => new Promise(() => undefined);
  assert.deepEqual(await dns.look("dc1"), [first]);
});

test("a host that was never found is not found", async () => {
  const dns = looking(() => Promise.reject(new Error("SERVFAIL")));
  assert.equal(await dns.look("dc1"), "ENOTFOUND");
  dns.answer = () => Promise.resolve([first]);
  assert.deepEqual(await dns.look("dc1"), [first], "and is asked for again");
});

test("a DNS that is silent is asked once for each host, however many wait", async () => {
  const late = Promise.withResolvers<readonly LookupAddress[]>();
  const dns = looking(() => late.promise);
  const waiting = [dns.look("dc1"), dns.look("dc1"), dns.look("dc2")];
  assert.deepEqual(dns.asked, ["dc1", "dc2"]);
  late.resolve([first]);
  assert.deepEqual(await Promise.all(waiting), [[first], [first], [first]]);
});

test("of many hosts the oldest is forgotten", async () => {
  const dns = looking(() => Promise.resolve([first]));
  for (let index = 0; index < 257; index += 1) await dns.look(`host-${index}`);
  dns.answer = () => Promise.resolve([]);
  assert.equal(await dns.look("host-0"), "ENOTFOUND");
  assert.deepEqual(await dns.look("host-1"), [first]);
});
