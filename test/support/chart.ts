/**
 * The chart, as helm renders it.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { kubernetesTools } from "../../scripts/kubernetes/tools.ts";
import { createScratch } from "./scratch.ts";

export const chartFolder = join(import.meta.dirname, "../../helm/drawbridge");

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Fields };
  readonly spec?: Fields;
  readonly data?: Readonly<Record<string, string>>;
}

/** A part of a manifest; what is in it depends on its kind. */
export type Fields = Readonly<Record<string, unknown>>;

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const timeoutMs = 60_000;

/** Runs helm with these values. @param args  May name the file of values as `VALUES`. */
export async function helm(args: readonly string[], values: object = {}): Promise<HelmResult> {
  await using scratch = await createScratch("chart");
  const file = await scratch.write("values.yaml", JSON.stringify(values));
  const env = { PATH: process.env["PATH"], HOME: scratch.folder };
  const words = args.map((word) => (word === "VALUES" ? file : word));
  return await new Promise((resolve, reject) => {
    const { helm: program } = kubernetesTools();
    execFile(program, words, { env, timeout: timeoutMs, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else reject(error);
    });
  });
}

export interface Rendering {
  /** `1.20.2`; helm's own newest unless told. */
  readonly kubeVersion?: string;
  /** Of a chart; ours unless told. */
  readonly folder?: string;
}

export function template(
  values: object,
  { kubeVersion, folder = chartFolder }: Rendering = {},
): Promise<HelmResult> {
  const version = kubeVersion === undefined ? [] : ["--kube-version", kubeVersion];
  return helm(
    ["template", "login", folder, "--namespace", "drawbridge", "--values", "VALUES", ...version],
    values,
  );
}

/** @throws {Error} with what helm said, when it refuses. */
export async function render(values: object, rendering?: Rendering): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await template(values, rendering);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const manifest: Manifest | null = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found;
}

/** What stands at `spec.template.spec.containers.0.image`; undefined where nothing does. */
export function at(fields: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (part, key) => (typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined),
      fields,
    );
}

/** @throws {Error} where there is no mapping. */
export function fieldsAt(fields: object, path: string): Fields {
  const found = at(fields, path);
  if (typeof found !== "object" || found === null) throw new Error(`nothing is at ${path}`);
  return { ...found };
}

/** A list of mappings; empty where there is none. */
export function listAt(fields: object, path: string): readonly Fields[] {
  return Object.values(at(fields, path) ?? []);
}

/** The pods that a manifest is, or makes. */
export function podsOf(manifest: Manifest): readonly Fields[] {
  if (manifest.kind === "Pod") return [fieldsAt(manifest, "spec")];
  return ["Deployment", "StatefulSet"].includes(manifest.kind)
    ? [fieldsAt(manifest, "spec.template.spec")]
    : [];
}
