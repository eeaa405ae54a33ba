/**
 * Who is in the test directories: one list for Active Directory and OpenLDAP.
 *
 * Each person is there for a reason, stated in {@link Person.state} or by the characters of their names.
 *
 * @module
 */

/** Why a right password is not enough, or `active`. */
export type AccountState =
  | "active"
  | "disabled"
  | "account_expired"
  | "must_change"
  | "password_expired"
  | "locked"
  | "logon_hours"
  | "workstation"
  | "smartcard";

export interface Person {
  /** sAMAccountName or uid. */
  readonly account: string;
  readonly commonName: string;
  readonly givenName: string;
  readonly surname: string;
  readonly title: string;
  readonly state: AccountState;
}

export interface GroupOfPeople {
  readonly name: string;
  /** Accounts of people who are in it directly. */
  readonly people: readonly string[];
  /** Names of groups inside it; each stands earlier in the list. */
  readonly groups: readonly string[];
}

/** Everybody's right password. */
export const rightPassword = "Enchantress-of-1843";

/** Reads the directory for the connectors; an ordinary user with a password that never expires. */
export const serviceAccount = { account: "svc-drawbridge", password: "Sealed-Portcullis-9" } as const;

/** Accounts by what they show. */
export const accounts = {
  active: "ada",
  another: "grace",
  disabled: "charles",
  accountExpired: "george",
  mustChange: "mary",
  passwordExpired: "blaise",
  locked: "luigi",
  logonHours: "sofia",
  workstation: "emmy",
  smartcard: "hedy",
  comma: "jsmith",
  unicode: "zoë",
  punctuation: "weird",
  apostrophe: "o'neill",
  parentheses: "pat(ops)",
} as const;

export const people: readonly Person[] = [
  person(accounts.active, "Ada", "Lovelace", "Principal Engineer"),
  person(accounts.another, "Grace", "Hopper", "Rear Admiral"),
  person(accounts.disabled, "Charles", "Babbage", "Inventor", "disabled"),
  person(accounts.accountExpired, "George", "Boole", "Logician", "account_expired"),
  person(accounts.mustChange, "Mary", "Somerville", "Astronomer", "must_change"),
  person(accounts.passwordExpired, "Blaise", "Pascal", "Philosopher", "password_expired"),
  person(accounts.locked, "Luigi", "Menabrea", "Prime Minister", "locked"),
  person(accounts.logonHours, "Sofia", "Kovalevskaya", "Professor", "logon_hours"),
  person(accounts.workstation, "Emmy", "Noether", "Professor", "workstation"),
  person(accounts.smartcard, "Hedy", "Lamarr", "Inventor", "smartcard"),
  { ...person(accounts.comma, "John", "Smith", "Operator"), commonName: "Smith, John (Ops) \\ #1" },
  { ...person(accounts.unicode, "Zoë", "Müller", "Operator"), commonName: "Zoë Müller-日本" },
  {
    ...person(accounts.punctuation, "Quentin", "Weird", "Operator"),
    commonName: '#lead +plus;semi<lt"q"/slash',
  },
  person(accounts.apostrophe, "Siobhán", "O'Neill", "Operator"),
  person(accounts.parentheses, "Pat", "Parens", "Operator"),
];

/** Plain people for load and for tests that spend an account: `user01`… or, with another prefix, as many as asked for. */
export function plainPeople(count: number, name: (number: number) => string): readonly Person[] {
  return Array.from({ length: count }, (_, index) => {
    const account = name(index + 1);
    return person(account, "Plain", account, "Tester");
  });
}

const plainCount = 20;

/** Everybody in Active Directory; OpenLDAP has its own number of plain people. */
export const everybody: readonly Person[] = [
  ...people,
  ...plainPeople(plainCount, (number) => `user${String(number).padStart(2, "0")}`),
];

/** Another company, which has an Ada of its own. */
export const subsidiaryPeople: readonly Person[] = [
  person(accounts.active, "Ada", "Byron", "Countess"),
  person("katherine", "Katherine", "Johnson", "Mathematician"),
];

/** Ada is in Engineers, and only through it in Technology and Staff. */
export const groups: readonly GroupOfPeople[] = [
  { name: "Engineers", people: [accounts.active], groups: [] },
  { name: "Technology", people: [accounts.another], groups: ["Engineers"] },
  { name: "Staff", people: [], groups: ["Technology"] },
  { name: "Ops (East) * Team", people: [accounts.comma, accounts.unicode], groups: [] },
];

export function mailOf(who: Person, dnsName = "example.test"): string {
  const local = `${who.givenName}.${who.surname}`.normalize("NFD").replaceAll(/[^A-Za-z0-9.]/g, "");
  return `${local.toLowerCase()}@${dnsName}`;
}

/** One attribute value as it stands in a distinguished name. @see RFC 4514 §2.4 */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(/[\\,+"<>;=]/g, String.raw`\$&`)
    .replace(/^[# ]/, String.raw`\$&`)
    .replace(/ $/, String.raw`\ `);
}

function person(
  account: string,
  givenName: string,
  surname: string,
  title: string,
  state: AccountState = "active",
): Person {
  return { account, commonName: `${givenName} ${surname}`, givenName, surname, title, state };
}
