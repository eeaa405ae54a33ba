import assert from "node:assert/strict";
import { test } from "node:test";
import { OldSettings } from "../../../../src/cli/auth0/old-settings.ts";
import { readFilter } from "../../../../src/cli/auth0/read-filter.ts";
import { readMapper } from "../../../../src/cli/auth0/read-mapper.ts";
import { translate } from "../../../../src/cli/auth0/translate.ts";
import type { Translation } from "../../../../src/cli/auth0/translate.ts";
import { translateProfile } from "../../../../src/cli/auth0/translate-profile.ts";

function translated(old: Readonly<Record<string, unknown>>): Translation {
  return translate(new OldSettings(old), {
    nats: ["tls://nats.example.com:4222"],
    keysFolder: "keys",
    passwordFile: "service-password",
    caFile: undefined,
    profile: {},
  });
}

function directoryOf({ settings, connection }: Translation): Readonly<Record<string, unknown>> {
  const { connector } = settings as {
    connector: { connections: Record<string, { directory: Record<string, unknown> }> };
  };
  return connector.connections[connection]?.directory ?? {};
}

test("the attributes that a filter compares are read, and so is every condition beside them", () => {
  assert.deepEqual(readFilter("(sAMAccountName={0})"), { attributes: ["sAMAccountName"], conditions: [] });
  assert.deepEqual(
    readFilter("(&(objectCategory=person)(|(mail={0})(uid={0}))(memberOf=CN=Staff,DC=x)(!(title=guest)))"),
    { attributes: ["mail", "uid"], conditions: ["(memberOf=CN=Staff,DC=x)", "(!(title=guest))"] },
  );
});

test("a condition on who may log in is never dropped without a word", () => {
  const { warnings } = translated({ LDAP_USER_BY_NAME: "(&(sAMAccountName={0})(department=Sales))" });
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? "",
    /\(department=Sales\)\. That is NOT taken over: everybody below baseDn can log in/,
  );
});

test("a directory that people are searched in by uid is no Active Directory", () => {
  assert.equal(directoryOf(translated({ LDAP_USER_BY_NAME: "(uid={0})" }))["preset"], "openldap");
  assert.equal(directoryOf(translated({}))["preset"], "active-directory");
});

test("what is not encrypted becomes StartTLS, and is told", () => {
  const translation = translated({ LDAP_URL: "ldap://dc1.example.com/" });
  const { controllers, startTls } = directoryOf(translation);
  assert.deepEqual([controllers, startTls], [["ldap://dc1.example.com"], true]);
  assert.match(translation.warnings[0] ?? "", /not encrypted/);
});

test("truth and numbers may be written as text, as the environment has them", () => {
  const directory = directoryOf(
    translated({
      ALLOW_PASSWORD_EXPIRED: "true",
      ENABLE_WRITE_BACK: "false",
      GROUPS: "false",
      GROUPS_TIMEOUT_SECONDS: "90",
      LDAP_NUMBER_OF_PARALLEL_BINDS: 999,
      LDAP_BASE: "OU=People, DC=example, DC=com",
      LDAP_BASE_GROUPS: "dc=example,dc=com",
    }),
  );
  assert.deepEqual(directory["passwords"], { acceptExpired: true });
  assert.deepEqual(directory["operations"], ["users.search", "groups.list"]);
  assert.deepEqual(directory["groups"], { max: 0, timeout: "30s" });
  assert.equal(directory["bindConnectionsMax"], 256);
});

test("a name that cannot be a connection's becomes one", () => {
  assert.equal(translated({ CONNECTION: "My Company's AD" }).connection, "my-company-s-ad");
  assert.equal(translated({ CONNECTION: "日本" }).connection, "corp");
});

test("each setting is told of once, the unknown ones too", () => {
  const { takenOver, left } = translated({ LDAP_BASE: "DC=x", SSL_CA_PATH: "/nowhere", SOMETHING: 1 });
  assert.deepEqual([...takenOver, ...left].map(({ from }) => from).toSorted(), [
    "LDAP_BASE",
    "SOMETHING",
    "SSL_CA_PATH",
  ]);
});

test("a mapper is read as text: plain readings become a mapping, code is shown, comments are not read", () => {
  const code = `
    // nickname: raw_data.secret
    module.exports = function (raw_data) {
      var profile = {
        id: raw_data.objectGUID || raw_data.uid,
        displayName: raw_data.displayName,
        name: { familyName: raw_data['sn'] },
        emails: (raw_data.mail ? [{ value: raw_data.mail }] : undefined)
      };
      profile['phone'] = raw_data.telephoneNumber;
      profile.city = raw_data["l"];
      if (raw_data.title === 'x') process.exit(1);
      return profile;
    };`;
  const { profile, beside } = translateProfile(readMapper(code));
  assert.deepEqual(profile, {
    displayName: "displayName",
    familyName: "sn",
    phone: "telephoneNumber",
    city: "l",
  });
  assert.deepEqual(
    beside.map(({ old }) => old),
    [
      "line 5: id ← raw_data.objectGUID, raw_data.uid",
      "line 6: displayName ← raw_data.displayName",
      "line 7: familyName ← raw_data.sn",
      "line 8: emails ← raw_data.mail",
      "line 10: phone ← raw_data.telephoneNumber",
      "line 11: city ← raw_data.l",
      "line 12: ? ← raw_data.title",
    ],
  );
  assert.match(beside[0]?.now ?? "", /identity\.subjectId/);
  assert.match(beside[3]?.now ?? "", /not taken over/);
});
