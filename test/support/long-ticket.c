/*
 * Gets a service ticket that is as long as those of people in very many groups: the KDC is asked to put so many bytes of authorization
 * data into it, and whoever makes tokens from the same cache afterwards uses that ticket.
 *
 * Usage: long-ticket SERVICE BYTES, with KRB5CCNAME. See RFC 4120 section 5.4.1, enc-authorization-data.
 */

#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static krb5_context context;

static void must(krb5_error_code code, const char *what)
{
  if (code == 0) return;
  fprintf(stderr, "%s: %s\n", what, krb5_get_error_message(context, code));
  exit(1);
}

int main(int count, char **values)
{
  if (count != 3) return 2;
  krb5_ccache cache;
  krb5_creds wanted, *got;
  krb5_authdata data, *list[2];
  memset(&wanted, 0, sizeof wanted);
  memset(&data, 0, sizeof data);
  data.ad_type = 4711;
  data.length = (unsigned int)atoi(values[2]);
  data.contents = (krb5_octet *)calloc(1, data.length);
  list[0] = &data;
  list[1] = NULL;
  must(krb5_init_context(&context), "context");
  must(krb5_cc_default(context, &cache), "cache");
  must(krb5_cc_get_principal(context, cache, &wanted.client), "client");
  must(krb5_parse_name(context, values[1], &wanted.server), "server");
  wanted.authdata = list;
  must(krb5_get_credentials(context, KRB5_GC_NO_STORE, cache, &wanted, &got), "ticket");
  /* Whoever looks for a ticket without such a wish is to find this one. */
  got->authdata = NULL;
  must(krb5_cc_store_cred(context, cache, got), "store");
  return 0;
}
