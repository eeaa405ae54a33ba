/**
 * What a program says of itself on its ops port.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ — the text format
 * @module
 */

export interface OpsReading {
  readonly url: string;
  /** `connector`, `gateway`, or why nothing could be read. */
  readonly program: string;
  readonly version: string;
  readonly isAnswering: boolean;
  readonly isReady: boolean;
  /** Each part by name, and whether it is ready. */
  readonly parts: Readonly<Record<string, boolean>>;
  readonly inFlight: number;
  readonly controllers: readonly ControllerReading[];
}

export interface ControllerReading {
  readonly connection: string;
  readonly controller: string;
  readonly state: "available" | "degraded" | "unavailable";
}

const timeoutMs = 2_000;
const states = ["unavailable", "degraded", "available"] as const;

/** Never rejects. */
export async function readOps(url: string): Promise<OpsReading> {
  try {
    const [metrics, readiness] = await Promise.all([fetchText(url, "/metrics"), fetchText(url, "/readyz")]);
    const samples = parseMetrics(metrics.text);
    const build = samples.find(({ name }) => name === "drawbridge_build_info");
    return {
      url,
      program: build?.labels["program"] ?? "not a program of Drawbridge",
      version: build?.labels["version"] ?? "",
      isAnswering: build !== undefined,
      isReady: readiness.ok,
      parts: partsOf(readiness.text),
      inFlight: samples.find(({ name }) => name === "drawbridge_logins_in_flight")?.value ?? 0,
      controllers: samples
        .filter(({ name }) => name === "drawbridge_controller_state")
        .map(({ labels: { connection = "", controller = "" }, value }) => ({
          connection,
          controller,
          state: states[value] ?? "unavailable",
        })),
    };
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
    const why = code ?? (error instanceof Error ? error.name : "unknown");
    const nothing = {
      version: "",
      isAnswering: false,
      isReady: false,
      parts: {},
      inFlight: 0,
      controllers: [],
    };
    return { url, program: `no answer (${why})`, ...nothing };
  }
}

async function fetchText(
  url: string,
  path: string,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const answer = await fetch(new URL(path, url), { signal: AbortSignal.timeout(timeoutMs) });
  return { ok: answer.ok, text: await answer.text() };
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parseMetrics(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name = "", labels = "", value = ""] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === "") return [];
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = "", content = ""]) => [label, content],
    );
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

function partsOf(text: string): Readonly<Record<string, boolean>> {
  try {
    const { parts }: { readonly parts?: unknown } = JSON.parse(text);
    const entries = typeof parts === "object" && parts !== null ? Object.entries(parts) : [];
    return Object.fromEntries(entries.map(([name, ready]) => [name, ready === true]));
  } catch {
    return {};
  }
}
