/**
 * An application with a login form of its own: Node's HTTP server and `drawbridge/client`, nothing else.
 *
 *     GATEWAY_URL=https://login.example.com PORT=3000 node login-form.ts
 *
 * TOKEN_FILE names the file with this application's token, where the gateway demands one for logins.
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createClient } from "drawbridge/client";
import type { Identity, LoginOutcome } from "drawbridge/client";

const { GATEWAY_URL = "http://127.0.0.1:8080", HOST = "127.0.0.1", PORT = "3000", TOKEN_FILE } = process.env;
const token = TOKEN_FILE === undefined ? undefined : readFileSync(TOKEN_FILE, "utf8").trim();
const gateway = createClient({ url: GATEWAY_URL, ...(token === undefined ? {} : { token }) });

/** Who is logged in, by the value of their cookie. A real application keeps them where all its processes see them, and lets them end. */
const sessions = new Map<string, Identity>();

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) send(response, 500, "Something went wrong here.");
  });
});
server.listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${PORT}/`));
process.on("SIGTERM", () => server.close());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "POST" && request.url === "/login") return login(request, response);
  const cookie = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  const person = sessions.get(cookie ?? "");
  if (person === undefined) return send(response, 200, form());
  const groups = person.groups.map(({ name }) => name).join(", ");
  send(response, 200, `Hello ${escape(person.accountName)}, of ${escape(groups)}.`);
}

async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page of somebody else must not log people in here.
  const { origin, host } = request.headers;
  if (origin !== undefined && new URL(origin).host !== host) return send(response, 403, "Not from there.");
  const fields = new URLSearchParams(await readBody(request));
  // Who does not wait for the answer needs none.
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const outcome = await gateway.login(
    { username: fields.get("username") ?? "", password: fields.get("password") ?? "" },
    { signal: gone.signal },
  );
  if (outcome.outcome !== "accepted") {
    const [status, sentence] = explain(outcome);
    return send(response, status, form(sentence));
  }
  const session = randomBytes(32).toString("base64url");
  sessions.set(session, outcome.identity);
  // Add "; Secure" behind HTTPS.
  response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Lax; Path=/`);
  response.writeHead(303, { location: "/" }).end();
}

/** What the person reads. An outage is not their mistake, so it must not read like one. */
function explain(outcome: Exclude<LoginOutcome, { outcome: "accepted" }>): readonly [number, string] {
  switch (outcome.outcome) {
    case "denied":
      return [401, deniedSentences[outcome.reason] ?? "You cannot log in. Please ask your help desk."];
    case "throttled":
      return [429, "There were too many attempts. Please wait a minute."];
    case "unavailable":
      console.error(`login ${outcome.attempt ?? ""}: ${outcome.fault} ${outcome.detail ?? ""}`);
      return [503, "Logging in is not possible at the moment. Please try again."];
    case "rejected":
      if (outcome.field === "username" || outcome.field === "password") {
        return [400, "Please type your name and your password."];
      }
      console.error(`the gateway rejects this application: ${outcome.code}, ${outcome.message}`);
      return [503, "Logging in is not possible at the moment."];
  }
}

const deniedSentences: Readonly<Record<string, string>> = {
  bad_credentials: "The name or the password is wrong.",
  password_expired: "Your password has expired. Please change it.",
  password_must_change: "You have to change your password first.",
};

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += String(chunk);
    if (body.length > 8_192) throw new Error("the form is too large");
  }
  return body;
}

function form(sentence = ""): string {
  return `<p role="alert">${escape(sentence)}</p>
<form method="post" action="/login">
  <label>Name <input name="username" autocomplete="username" required></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
  <button>Log in</button>
</form>`;
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "cache-control": "no-store",
  });
  response.end(`<!doctype html><title>An application</title>${html}`);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
