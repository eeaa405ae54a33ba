/**
 * When the certificates of the settings expire, as an operator is told.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { tellCertificate } from "../../../src/cli/tell-certificates.ts";
import type { CertificateUse } from "../../../src/telemetry/health-events.ts";
import { recordEvents } from "../../support/recorded-events.ts";

/** Self-signed, made for this test. */
const late = `
-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUJx6xUZfFeztd++zk9U0j6uP9yGswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEbGF0ZTAeFw0yNjExMjUxNDIwMzVaFw0zNjExMjIxNDIwMzVa
MA8xDTALBgNVBAMMBGxhdGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATLC//c
5Z4umBfDK62ki5eQ76hKcUQPPa+DEBpoYnWLaEy941EQALMLVhcnNdmquxWg8gcG
NBAqhY1DMcgSNyWXo1MwUTAdBgNVHQ4EFgQU6goV3vFRmqeO6LTML/NZdI7i2tIw
HwYDVR0jBBgwFoAU6goV3vFRmqeO6LTML/NZdI7i2tIwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiBZmjM7WXUVp8QU0BcL8hg0nNTvH/AMAaSFYbQP
Q/AZ7wIgYgjNEEFcArtxaF/elkm/EhwiFvn/5+WvSAAC9wZ43SI=
-----END CERTIFICATE-----`;
const lateMs = Date.parse("Nov 22 14:20:35 2036 GMT");
const soon = `
-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUDRjgZfLX2hkT+Ua6SfN8XGPwqFcwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEc29vbjAeFw0yNjExMjUxNDIwMzVaFw0yNzExMjUxNDIwMzVa
MA8xDTALBgNVBAMMBHNvb24wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASlFktB
oUxC4/rEt1q70tDL8AqW3UwAPruAWGcD5SZbuzVU1SfSN0HK84H0YdFcXiOiDtW8
Iq2HIOkdUInE6JNUo1MwUTAdBgNVHQ4EFgQU8KpXq5DzKJboCn/b47QQFNL5NJYw
HwYDVR0jBBgwFoAU8KpXq5DzKJboCn/b47QQFNL5NJYwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiBVhiel9WYKSqMOqwEg8n1I2jMlMD6iTaQCZmnx
96YdmgIgNtVh1mIHCXzhenuw8MBN+06KUwBpa67J7GFLjVgXz6g=
-----END CERTIFICATE-----`;
const soonMs = Date.parse("Nov 25 14:20:35 2027 GMT");

function told(certificate: CertificateUse, pem: string | undefined): readonly unknown[] {
  const { events, seen } = recordEvents();
  tellCertificate(events, certificate, pem);
  return seen.map(({ fields }) => fields);
}

test("a chain ends with the first of its certificates", () => {
  assert.deepEqual(told("https", late + soon), [{ certificate: "https", expiresAtMs: soonMs }]);
  assert.deepEqual(told("directory_client", late), [
    { certificate: "directory_client", expiresAtMs: lateMs },
  ]);
});

test("authorities serve until the last of them ends", () => {
  for (const certificate of ["nats_authority", "directory_authority", "client_authorities"] as const) {
    assert.deepEqual(told(certificate, soon + late), [{ certificate, expiresAtMs: lateMs }]);
  }
});

test("what is no certificate tells nothing", () => {
  assert.deepEqual(told("https", undefined), []);
  assert.deepEqual(told("https", "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----"), []);
});
