# One image for connector, gateway and command line, for every processor that the base image is there for:
#
#   npm run image                     (or: docker build --tag drawbridge .)
#   docker run --rm drawbridge --help
#
# What it consists of: Node, the program with its production packages, the system libraries that both load, a user. There is no shell, no
# package manager and nothing to write to; it runs with a read-only root and without capabilities.

ARG NODE_IMAGE=node:24-bookworm-slim

# --- the production packages, with the native part of Kerberos ---
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates g++ libkrb5-dev \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --omit=dev
COPY scripts/build-kerberos.mjs scripts/
RUN node scripts/build-kerberos.mjs

# --- the program ---
FROM packages AS program
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/run.mjs scripts/
COPY src src
# Forced, because one development package is for one kind of processor only; the Node of this image takes its place.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm_config_force=true npm run build \
 && chmod 0755 dist/cli/main.js

# --- what the two load of the system ---
FROM packages AS system
RUN mkdir -p /system/usr/local/bin /system/usr/bin /system/etc/ssl/certs /system/etc/drawbridge /system/tmp \
 && chmod 1777 /system/tmp \
 && cp /usr/local/bin/node /system/usr/local/bin/ \
 && cp /usr/bin/env /system/usr/bin/ \
 && cp /etc/ssl/certs/ca-certificates.crt /system/etc/ssl/certs/ \
 && ln -s /app/dist/cli/main.js /system/usr/local/bin/drawbridge \
 && echo 'drawbridge:x:65532:65532::/app:/' >/system/etc/passwd \
 && echo 'drawbridge:x:65532:' >/system/etc/group \
 && echo 'hosts: files dns' >/system/etc/nsswitch.conf \
 # The native part of Kerberos looks for its library by name when it is loaded, so it is named here.
 && for part in /usr/local/bin/node /usr/bin/env node_modules/kerberos/build/Release/kerberos.node $(ldconfig -p | sed -n 's/.*libgssapi_krb5\.so\.2 .*=> //p'); do \
      ldd "$part" | grep -o '/[^ ]*'; echo "$part"; \
    done | grep '\.so' | grep -v kerberos.node | sort -u | xargs cp --dereference --parents --target-directory=/system

FROM scratch
COPY --from=system /system /
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=program /app/dist /app/dist
COPY package.json LICENSE /app/
ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production NODE_OPTIONS=--disable-sigusr1
WORKDIR /etc/drawbridge
USER 65532:65532
EXPOSE 8080 9400
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["drawbridge", "status", "--ops", "http://127.0.0.1:9400"]
ENTRYPOINT ["drawbridge"]
CMD ["--help"]

ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG NODE_IMAGE
LABEL org.opencontainers.image.title="Drawbridge" \
      org.opencontainers.image.description="High-availability connector between cloud applications and Active Directory or LDAP, over NATS" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
