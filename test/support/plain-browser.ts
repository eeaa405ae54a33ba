/**
 * A browser without a screen or JavaScript: cookies, redirects, forms. What only a real one can show is tested with a real one.
 *
 * @module
 */

export interface Page {
  readonly status: number;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
}

export interface PlainBrowser {
  readonly cookies: Map<string, string>;
  /** Follows redirects, and pages that go on by themselves, until one is left or `stopAt` is reached. */
  open(url: string | URL): Promise<Page>;
  /** Fills in and sends the page's form. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>;
}

export interface PlainBrowserOptions {
  /** Addresses that begin so are not opened: they are the application's. */
  readonly stopAt: string;
  /** Of every request; what is in it may change meanwhile. */
  readonly headers?: Readonly<Record<string, string>>;
}

const redirectsMax = 20;

export function createPlainBrowser({ stopAt, headers = {} }: PlainBrowserOptions): PlainBrowser {
  const cookies = new Map<string, string>();
  return { cookies, open: (url) => load(new URL(url), {}), submit };

  async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const [form] = tagsOf(page.text, "form");
    const hidden = tagsOf(page.text, "input")
      .filter((input) => input.get("type") === "hidden")
      .map((input) => [input.get("name") ?? "", input.get("value") ?? ""] as const);
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
    return load(
      new URL(form?.get("action") ?? "", page.url),
      { method: "POST", body },
      { origin: page.url.origin, "sec-fetch-site": "same-origin" },
    );
  }

  async function load(
    first: URL,
    init: RequestInit,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    let url = first;
    let request = init;
    for (let redirects = 0; redirects < redirectsMax; redirects += 1) {
      if (url.href.startsWith(stopAt)) {
        return { status: 200, url, headers: new Headers(), text: "" };
      }
      const response = await fetch(url, {
        ...request,
        redirect: "manual",
        headers: { accept: "text/html", ...headers, ...extra, cookie: cookieHeader() },
      });
      for (const cookie of response.headers.getSetCookie()) keep(cookie);
      const text = await response.text();
      const refresh = tagsOf(text, "meta").find((meta) => meta.get("http-equiv") === "refresh");
      const next = response.headers.get("location") ?? refresh?.get("content")?.replace("0; url=", "");
      if (next === undefined) return { status: response.status, url, headers: response.headers, text };
      url = new URL(next, url);
      request = {};
    }
    throw new Error("redirected for ever");
  }

  function keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(";");
    const [name = "", value = ""] = pair.split("=");
    const isGone = attributes.some((one) => /expires=Thu, 01 Jan 1970|max-age=0$/i.test(one));
    if (isGone) cookies.delete(name);
    else cookies.set(name, value);
  }

  function cookieHeader(): string {
    return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

/** The attributes of each such tag. */
function tagsOf(text: string, name: string): readonly ReadonlyMap<string, string>[] {
  return [...text.matchAll(new RegExp(`<${name}\\b([^>]*)>`, "g"))].map(
    ([, attributes = ""]) =>
      new Map(
        [...attributes.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
          key,
          unescape(value),
        ]),
      ),
  );
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
