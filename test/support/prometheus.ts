/**
 * A real Prometheus that scrapes the programs of a test, with the rules that are shipped.
 *
 * @module
 */

import { stringify } from "yaml";
import { z } from "zod";
import { findFreeAddress } from "./loopback.ts";
import { ruleFiles } from "./monitoring.ts";
import { ensurePackages } from "./packages.ts";
import { createScratch } from "./scratch.ts";
import { startServer } from "./server-process.ts";

export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  /** Its answer to a query at this moment, one for each series. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Attempt ids that are kept for a metric of a histogram. */
  exemplars(metric: string): Promise<readonly string[]>;
  /** What could not be evaluated or scraped, and why. */
  problems(): Promise<readonly string[]>;
  /** How many rules were evaluated at least once. */
  evaluatedRules(): Promise<number>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const port = 9090;
const readyTimeoutMs = 30_000;
const requestTimeoutMs = 10_000;

const samplesSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});
const exemplarsSchema = z.object({
  data: z.array(z.object({ exemplars: z.array(z.object({ labels: z.object({ attempt: z.string() }) })) })),
});
const rulesSchema = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            health: z.string(),
            lastError: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});
const targetsSchema = z.object({
  data: z.object({ activeTargets: z.array(z.object({ scrapeUrl: z.string(), lastError: z.string() })) }),
});

/** @param opsUrls  Scraped each second. */
export async function startPrometheus(opsUrls: readonly string[]): Promise<Prometheus> {
  await ensurePackages();
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("prometheus"));
  const address = await findFreeAddress([port]);
  const targets = opsUrls.map((url) => new URL(url).host);
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: "drawbridge", static_configs: [{ targets }] }],
  };
  const configFile = await scratch.write("prometheus.yaml", stringify(config));
  const url = `http://${address}:${port}`;
  const ask = async (path: string): Promise<Response> =>
    fetch(`${url}${path}`, { signal: AbortSignal.timeout(requestTimeoutMs) });
  cleanup.use(
    await startServer({
      name: "prometheus",
      command: "prometheus",
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${scratch.folder}/data`,
        `--web.listen-address=${address}:${port}`,
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
      ],
      ready: async () => (await ask("/-/ready")).ok,
      readyTimeoutMs,
    }),
  );
  const owned = cleanup.move();
  const rules = async () =>
    rulesSchema.parse(await (await ask("/api/v1/rules")).json()).data.groups.flatMap((group) => group.rules);
  return {
    url,
    async query(expression) {
      const response = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      if (!response.ok) throw new Error(`${expression}: ${await response.text()}`);
      const { data } = samplesSchema.parse(await response.json());
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async exemplars(metric) {
      const since = Math.floor(Date.now() / 1_000) - 600;
      const path = `/api/v1/query_exemplars?query=${metric}&start=${since}&end=${since + 1_200}`;
      const { data } = exemplarsSchema.parse(await (await ask(path)).json());
      return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.attempt));
    },
    async problems() {
      const { data } = targetsSchema.parse(await (await ask("/api/v1/targets")).json());
      const failed = data.activeTargets.filter(({ lastError }) => lastError !== "");
      const unwell = (await rules()).filter(({ health }) => health === "err");
      return [
        ...failed.map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`),
        ...unwell.map(({ name, lastError }) => `${name}: ${lastError}`),
      ];
    },
    evaluatedRules: async () => (await rules()).filter(({ health }) => health === "ok").length,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
