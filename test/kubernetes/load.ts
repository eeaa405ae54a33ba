/**
 * The load on the cluster's gateways, from a pod of its own, with what came of it second by second.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rightPassword } from "../support/people.ts";
import type { Cluster } from "./cluster.ts";

export interface LoadOptions {
  readonly image: string;
  readonly url: string;
  readonly users: number;
  readonly perSecond: number;
}

export interface Second {
  readonly sent: number;
  /** Accepted by the directory. */
  readonly live: number;
  /** Accepted by the cache. */
  readonly cached: number;
  readonly slowestMs: number;
  readonly lost: readonly LostLogin[];
}

export interface LostLogin {
  /** What came instead of `accepted`. */
  readonly end: string;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  readonly ms: number;
  /** How long its connection had been idle; absent where it was a new one. */
  readonly keptMs?: number;
}

const name = "load";

export class Load implements AsyncDisposable {
  readonly seconds: Second[] = [];
  readonly #cluster: Cluster;
  readonly #following: Disposable;
  #waiting: (() => void)[] = [];

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#following = cluster.follow(name, (line) => {
      this.seconds.push(JSON.parse(line));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  static async start(cluster: Cluster, { image, url, users, perSecond }: LoadOptions): Promise<Load> {
    const script = await readFile(join(import.meta.dirname, "load.mjs"), "utf8");
    const env = {
      LOAD_URL: url,
      LOAD_USERS: users,
      LOAD_PASSWORD: rightPassword,
      LOAD_PER_SECOND: perSecond,
    };
    const container = {
      name,
      image,
      imagePullPolicy: "IfNotPresent",
      command: ["node", "/load/load.mjs"],
      env: Object.entries(env).map(([key, value]) => ({ name: key, value: String(value) })),
      resources: { requests: { cpu: "200m" } },
      volumeMounts: [{ name: "script", mountPath: "/load" }],
    };
    await cluster.apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "load.mjs": script } },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          restartPolicy: "Never",
          containers: [container],
          volumes: [{ name: "script", configMap: { name } }],
        },
      },
    );
    await cluster.kubectl("wait", `pod/${name}`, "--for=condition=Ready", "--timeout=60s");
    return new Load(cluster);
  }

  /** Resolves when so many more seconds have been told of. */
  async more(seconds: number): Promise<void> {
    const wanted = this.seconds.length + seconds;
    while (this.seconds.length < wanted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends it, whatever else is left there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#following[Symbol.dispose]();
    await this.#cluster.kubectl("delete", "pod", name, "--grace-period=1");
  }
}
