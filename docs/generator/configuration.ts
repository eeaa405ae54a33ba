/**
 * `docs/reference/configuration.md`, from the schema that checks the settings.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { environmentName } from "../../src/config/environment.ts";
import { configSchema } from "../../src/config/schema.ts";
import { code, table } from "./table.ts";

type Node = z.core.JSONSchema.BaseSchema;

/** Stands for a name that the operator chooses. */
const anyName = "NAME";

/** The examples that open the page; a test holds them to the schema. */
export const exampleFiles = ["connector.yaml", "gateway.yaml", "auditor.yaml"] as const;

export function renderConfiguration(): string {
  const root = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodPipe) jsonSchema.$comment = boundsOf(zodSchema);
    },
  });
  return [
    "# Configuration",
    "",
    "One YAML file for each program, given with `--config`. `drawbridge check-config FILE` reports everything that is wrong with it at",
    "once. Names that are no setting are refused. Secrets are never in it: settings that end in `File` name files. Durations are written",
    "`250ms`, `5s`, `10m`, `1h` or `90d`.",
    "",
    "Every setting can also come from the environment, which wins over the file. The name is the path in upper case, with `__` for each",
    `dot, and the value is YAML: ${code(`${environmentName(["ops", "port"])}=9500`)}, ${code(`${environmentName(["nats", "servers"])}=[tls://nats.example.com:4222]`)}.`,
    `Where a path has a connection's name, so has the variable, with \`_\` for \`-\`: ${code(environmentName(["gateway", "connections", "head-office", "connectorKeyFiles"]))}.`,
    "A variable that begins so and is no setting is refused too.",
    "",
    ...exampleFiles.flatMap(renderExample),
    ...renderSection(root, []),
  ].join("\n");
}

const titles = {
  "connector.yaml": "A connector",
  "gateway.yaml": "A gateway",
  "auditor.yaml": "A reader of the [audit](../operations/audit.md)",
} as const satisfies Readonly<Record<(typeof exampleFiles)[number], string>>;

function renderExample(file: (typeof exampleFiles)[number]): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, "..", "examples", file), "utf8");
  return [`${titles[file]}:`, "", "```yaml", text.trimEnd(), "```", ""];
}

/** A section's own settings as a table, then the sections below it. */
function renderSection(section: Node, path: readonly string[]): readonly string[] {
  const entries = childrenOf(section);
  const required = new Set(section.required);
  const isSection = (node: Node): boolean => node.properties !== undefined || childrenOf(node).length > 0;
  const rows = entries
    .filter(([, node]) => !isSection(node))
    .map(([name, node]) => [
      code(name),
      describeValue(name, node),
      describeDefault(node, required.has(name)),
      describeMeaning(node),
    ]);
  const sections = entries.filter(([, node]) => isSection(node));
  return [
    ...(path.length === 0 ? [] : [`## ${code(path.join("."))}`, "", describeMeaning(section), ""]),
    ...(rows.length === 0 ? [] : [table(["Setting", "Value", "Default", "Meaning"], rows)]),
    ...sections.flatMap(([name, node]) => renderSection(node, [...path, name])),
  ];
}

/** The settings below a node; sections with names of the operator's choice have one, named so. */
function childrenOf({ properties, additionalProperties }: Node): readonly (readonly [string, Node])[] {
  const children: readonly (readonly [string, Node | boolean])[] =
    properties === undefined ? [] : Object.entries(properties);
  const anyNamed: readonly (readonly [string, Node])[] =
    typeof additionalProperties === "object" && additionalProperties.properties !== undefined
      ? [[anyName, additionalProperties]]
      : [];
  return [...children, ...anyNamed].flatMap(([name, node]) =>
    typeof node === "object" ? [[name, node] as const] : [],
  );
}

function describeValue(name: string, node: Node): string {
  if (node.$comment !== undefined) return node.$comment;
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(" or ");
  switch (node.type) {
    case "boolean":
      return "`true` or `false`";
    case "integer":
    case "number":
      return `number, ${range(node.minimum, node.maximum)}`;
    case "array":
      return `list of ${range(node.minItems ?? 0, node.maxItems)} ${name.endsWith("Files") ? "file names" : "texts"}`;
    case "object":
      return "mapping of names to texts";
    default:
      if (name.endsWith("File")) return "file name";
      return node.maxLength === undefined
        ? "text"
        : `text, ${range(node.minLength, node.maxLength)} characters`;
  }
}

function describeDefault(node: Node, isRequired: boolean): string {
  if (node.default !== undefined) return code(JSON.stringify(node.default).replaceAll('"', ""));
  return isRequired ? "**required**" : "–";
}

function describeMeaning({ description = "" }: Node): string {
  return description.replace(/^File: (\w)/, (_, letter: string) => letter.toUpperCase());
}

function range(least: number | undefined, most: number | undefined): string {
  return `${least ?? 0} to ${most ?? "any number of"}`;
}

/** The bounds of a duration are in its parser only, so it is asked: its complaint about a value out of bounds names them. */
function boundsOf(schema: z.core.$ZodType): string {
  const complaint = z.safeParse(schema, "").error?.issues[0]?.message ?? "";
  return complaint.replace(/^.*, from/, "duration, from");
}
