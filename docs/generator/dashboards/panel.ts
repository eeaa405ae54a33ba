/**
 * The kinds of panels that the dashboards are made of, each with one way to look.
 *
 * @module
 */

import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StatesBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

interface Common {
  readonly title: string;
  /** What it shows, and what a bad value means. */
  readonly description: string;
  /** Of 24. */
  readonly width: number;
  /** As Grafana names it. */
  readonly unit: string;
}

export type PanelSpec =
  | (Common & {
      readonly kind: "answer";
      readonly query: string;
      readonly decimals?: number;
      /** Value → colour from there on; the first is where nothing else holds. */
      readonly steps: readonly (readonly [from: number | null, color: Color])[];
    })
  | (Common & {
      readonly kind: "lines" | "stacked";
      /** Query → legend. */
      readonly queries: readonly (readonly [query: string, legend: string])[];
    })
  | (Common & {
      readonly kind: "states";
      readonly query: string;
      readonly legend: string;
      readonly states: Readonly<Record<string, readonly [text: string, color: Color]>>;
    })
  | (Common & {
      readonly kind: "table";
      readonly query: string;
      /** Label → heading of its column, in this order. */
      readonly columns: Readonly<Record<string, string>>;
      readonly value: string;
      readonly steps: readonly (readonly [from: number | null, color: Color])[];
    });

type PanelBuilder = LinesBuilder | StatBuilder | StatesBuilder | TableBuilder;
type Color = "green" | "orange" | "red" | "blue" | "text";

export const datasource = { type: "prometheus", uid: "${datasource}" } as const;
const answerHeight = 4;
const chartHeight = 8;

export function panel(spec: PanelSpec): PanelBuilder {
  switch (spec.kind) {
    case "answer":
      return answer(spec);
    case "lines":
    case "stacked":
      return lines(spec);
    case "states":
      return states(spec);
    case "table":
      return table(spec);
  }
}

function answer(spec: Extract<PanelSpec, { kind: "answer" }>): PanelBuilder {
  return new StatBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(datasource)
    .span(spec.width)
    .height(answerHeight)
    .unit(spec.unit)
    .decimals(spec.decimals ?? 1)
    .thresholds(thresholds(spec.steps))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .withTarget(query(spec.query).range().refId("A"));
}

function lines(spec: Extract<PanelSpec, { kind: "lines" | "stacked" }>): PanelBuilder {
  const builder = new LinesBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(datasource)
    .span(spec.width)
    .height(chartHeight)
    .unit(spec.unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(spec.kind === "stacked" ? 40 : 5)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );
  if (spec.kind === "stacked") builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  for (const [word, color] of Object.entries(outcomeColors)) {
    builder.overrideByName(word, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  }
  for (const [index, [expr, legend]] of spec.queries.entries()) {
    const refId = String.fromCodePoint(65 + index);
    builder.withTarget(
      query(expr).range().legendFormat(legend).exemplar(expr.includes("_bucket")).refId(refId),
    );
  }
  return builder;
}

/** One colour a word, wherever it is drawn. */
const outcomeColors = { accepted: "green", denied: "orange", unavailable: "red", none: "transparent" };

function states(spec: Extract<PanelSpec, { kind: "states" }>): PanelBuilder {
  const options = Object.entries(spec.states).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return new StatesBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(datasource)
    .span(spec.width)
    .height(chartHeight)
    .unit(spec.unit)
    .mappings([{ type: MappingType.ValueToText, options: Object.fromEntries(options) }])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor("text"))
    .fillOpacity(70)
    .lineWidth(0)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .withTarget(query(spec.query).range().legendFormat(spec.legend).refId("A"));
}

function table(spec: Extract<PanelSpec, { kind: "table" }>): PanelBuilder {
  const headings = { ...spec.columns, Value: spec.value };
  const indexByName = Object.fromEntries(Object.keys(headings).map((name, index) => [name, index]));
  const paint = [
    { id: "custom.cellOptions", value: { type: "color-text" } },
    { id: "thresholds", value: { mode: "absolute", steps: steps(spec.steps) } },
  ];
  return new TableBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(datasource)
    .span(spec.width)
    .height(chartHeight)
    .unit(spec.unit)
    .withTransformation({
      id: "organize",
      options: { excludeByName: { Time: true }, indexByName, renameByName: headings },
    })
    .overrideByName(spec.value, paint)
    .withTarget(query(spec.query).instant().format(PromQueryFormat.Table).refId("A"));
}

function query(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(datasource).expr(expr);
}

function thresholds(from: Parameters<typeof steps>[0]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(from));
}

function steps(from: readonly (readonly [from: number | null, color: Color])[]): Threshold[] {
  return from.map(([value, color]) => ({ value, color }));
}
