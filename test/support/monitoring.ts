/**
 * The dashboards and rules that are shipped.
 *
 * @module
 */

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const folder = join(import.meta.dirname, "../../helm/drawbridge");
export const ruleFiles = filesIn("rules", ".yaml");

const alertSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.strictObject({
    summary: z.string().max(120),
    description: z.string().max(240),
    runbook_url: z.url(),
  }),
});
const recordSchema = z.strictObject({ record: z.string(), expr: z.string() });
const ruleFileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([alertSchema, recordSchema])) })),
});

export type Alert = z.infer<typeof alertSchema>;

const rules = ruleFiles.flatMap((file) =>
  ruleFileSchema.parse(parse(readFileSync(file, "utf8"))).groups.flatMap((group) => group.rules),
);
export const alerts: readonly Alert[] = rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
export const records = rules.flatMap((rule) => ("record" in rule ? [rule] : []));

const targetSchema = z.looseObject({ expr: z.string(), refId: z.string() });
const panelSchema = z.looseObject({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.looseObject({ uid: z.literal("${datasource}") }).optional(),
  targets: z.array(targetSchema).default([]),
  get panels() {
    return z.array(panelSchema).default([]);
  },
});
const dashboardSchema = z.looseObject({
  uid: z.string(),
  panels: z.array(panelSchema),
  annotations: z.looseObject({ list: z.array(z.looseObject({ expr: z.string() })) }),
});

export type DashboardPanel = z.infer<typeof panelSchema>;

export interface Dashboard {
  readonly file: string;
  /** Rows are none; what is in a closed one is. */
  readonly panels: readonly DashboardPanel[];
  readonly annotationQueries: readonly string[];
}

export const dashboards: readonly Dashboard[] = filesIn("dashboards", ".json").map((file) => {
  const { panels, annotations } = dashboardSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return {
    file: basename(file),
    panels: panels.flatMap((panel) => (panel.type === "row" ? panel.panels : [panel])),
    annotationQueries: annotations.list.map(({ expr }) => expr),
  };
});

function filesIn(kind: string, ending: string): readonly string[] {
  return readdirSync(join(folder, kind))
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => join(folder, kind, name));
}
