/**
 * Holds manifests to the schemas of today's Kubernetes, and of what is often installed beside it.
 *
 * @module
 */

import type { Manifest } from "./chart.ts";

const models = [
  "kubernetes-models",
  "@kubernetes-models/prometheus-operator",
  "@kubernetes-models/gateway-api",
  "@kubernetes-models/keda",
  "@kubernetes-models/cert-manager",
] as const;

interface Model {
  readonly prototype: { validate(): void };
}

/** @returns what is wrong with it, in sentences. */
export async function problemsOf(manifest: Manifest): Promise<readonly string[]> {
  const { apiVersion, kind } = manifest;
  const path = `${apiVersion}/${kind}`;
  const Kind = await findModel(path, kind);
  if (Kind === undefined) return [`${path}: no schema has it`];
  const read = new ReadFields();
  try {
    // Not on an instance, which would be a copy.
    Reflect.apply(Kind.prototype.validate, read.watch(manifest, kind), []);
  } catch (error) {
    return [`${path} ${manifest.metadata.name}: ${error instanceof Error ? error.message : "not valid"}`];
  }
  return read.unread.map((field) => `${path} ${manifest.metadata.name}: no schema knows ${field}`);
}

async function findModel(path: string, kind: string): Promise<Model | undefined> {
  for (const name of models) {
    const module: Readonly<Record<string, Model>> | undefined = await import(`${name}/${path}`).catch(
      () => undefined,
    );
    if (module?.[kind] !== undefined) return module[kind];
  }
  return undefined;
}

/** The schemas let unknown fields be; but what they never look at, they do not know. */
class ReadFields {
  readonly #fields = new Map<string, boolean>();

  get unread(): readonly string[] {
    return [...this.#fields].filter(([, isRead]) => !isRead).map(([field]) => field);
  }

  watch<T extends object>(value: T, path: string): T {
    const copy = Array.isArray(value) ? [...value] : { ...value };
    for (const [key, below] of Object.entries(copy)) {
      const field = `${path}.${key}`;
      if (!Array.isArray(value)) this.#fields.set(field, false);
      if (typeof below === "object" && below !== null)
        Object.assign(copy, { [key]: this.watch(below, field) });
    }
    const see = (key: PropertyKey): void => {
      const field = `${path}.${String(key)}`;
      if (this.#fields.has(field)) this.#fields.set(field, true);
    };
    return new Proxy(copy, {
      get(target, key, receiver): unknown {
        see(key);
        return Reflect.get(target, key, receiver);
      },
    }) as T;
  }
}
