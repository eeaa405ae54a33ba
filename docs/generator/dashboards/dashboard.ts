/**
 * Grafana's dashboards in `helm/drawbridge/dashboards`, as JSON.
 *
 * @module
 */

import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { directory } from "./directory.ts";
import { operators } from "./operators.ts";
import { datasource, panel } from "./panel.ts";
import type { PanelSpec } from "./panel.ts";

interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Beside `connection`: variable → the query for its values. */
  readonly variables: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly PanelSpec[]>>;
  /** Of the rows, the one that is opened only by who wants to know more. */
  readonly folded: string;
}

export const dashboards: Readonly<Record<string, DashboardSpec>> = {
  "operators.json": {
    uid: "drawbridge-operators",
    title: "Drawbridge: are people getting in?",
    description:
      "For whoever runs the gateways and connectors. Read it from the top: the first row answers, the rest explains.",
    variables: { connection: "label_values(drawbridge_replicas_ready, connection)" },
    rows: operators,
    folded: "The programs",
  },
  "directory.json": {
    uid: "drawbridge-directory",
    title: "Drawbridge: the directory",
    description: "For the directory team: what connectors see of the controllers, and what they ask of them.",
    variables: {
      connection: "label_values(drawbridge_controller_state, connection)",
      controller: 'label_values(drawbridge_controller_state{connection=~"$connection"}, controller)',
    },
    rows: directory,
    folded: "Does it fit our settings?",
  },
};

export function renderDashboard(spec: DashboardSpec): string {
  const { uid, title, description, variables, rows, folded } = spec;
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["drawbridge"])
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .readonly()
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .annotation(starts())
    .link(
      new DashboardLinkBuilder("Drawbridge")
        .type(DashboardLinkType.Dashboards)
        .tags(["drawbridge"])
        .includeVars(true)
        .keepTime(true),
    );
  for (const [name, values] of Object.entries(variables)) builder.withVariable(choice(name, values));
  // Grafana links to panels by these.
  let id = 0;
  for (const [name, specs] of Object.entries(rows)) {
    const panels = specs.map((one) => panel(one).id((id += 1)));
    const row = new RowBuilder(name).id((id += 1)).collapsed(name === folded);
    if (name === folded) for (const one of panels) row.withPanel(one);
    builder.withRow(row);
    if (name !== folded) for (const one of panels) builder.withPanel(one);
  }
  return JSON.stringify(builder.build());
}

function choice(name: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`)
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".+");
}

/** A rollout shows as a group of them. */
function starts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Processes that started")
    .datasource(datasource)
    .enable(true)
    .iconColor("blue")
    .expr(
      "process_start_time_seconds * on (job, instance) group_left (program, version) drawbridge_build_info * 1000",
    )
    .useValueForTime(true)
    .step("60s")
    .titleFormat("{{program}} {{version}} started")
    .textFormat("{{instance}}");
}
