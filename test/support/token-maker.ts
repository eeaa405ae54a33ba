/**
 * Makes tokens as a browser does, from the tickets in `KRB5CCNAME`: so many, for `HTTP@host`, one a line.
 *
 * A program of its own, because the library takes tickets and clock from its process.
 */

import kerberos from "kerberos";

const [service = "", count = "1"] = process.argv.slice(2);
for (let made = 0; made < Number(count); made += 1) {
  const client = await kerberos.initializeClient(service, {
    mechOID: kerberos.GSS_MECH_OID_SPNEGO,
  });
  console.log(await client.step(""));
}
