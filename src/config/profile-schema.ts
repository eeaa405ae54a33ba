/**
 * The settings of the profile: which attributes an application gets, under which names.
 *
 * @module
 */

import { z } from "zod";

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9;-]{0,127}$/, "expected an attribute's name");
const textLengthMax = 1_024;
const scalar = z.union(
  [z.string().max(textLengthMax), z.int(), z.boolean()],
  "expected text, a whole number, true or false",
);
const value = z.union(
  [scalar, z.array(scalar).max(64)],
  "expected text, a whole number, true or false, or a list of these",
);

/** Text in which braces enclose attributes' names; doubled braces are braces. */
const template = z
  .string()
  .min(1)
  .max(textLengthMax)
  .regex(
    /^(?:[^{}]|\{\{|\}\}|\{[A-Za-z][A-Za-z0-9;-]{0,127}\})+$/,
    'expected text with attributes in braces, such as "{givenName} {sn}"; a brace itself is doubled',
  );

const types = ["text", "integer", "boolean", "time", "sid", "guid", "base64"] as const;

const indexExpected = "expected a number from 0 to 63, or all";

const field = z.strictObject({
  attribute: attribute.exactOptional(),
  type: z.enum(types).exactOptional(),
  multiple: z.boolean().exactOptional(),
  pick: attribute.exactOptional(),
  index: z
    .union([z.int().min(0, indexExpected).max(63, indexExpected), z.literal("all")], indexExpected)
    .exactOptional(),
  template: template.exactOptional(),
  constant: value.exactOptional(),
  default: value.exactOptional(),
});

type Field = z.infer<typeof field>;

const mapped = z
  .preprocess((given) => (typeof given === "string" ? { attribute: given } : given), field)
  .transform((given, context) => {
    for (const { path, message } of mistakesOf(given)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
    const { attribute: from, template: text, constant, type, multiple, pick, index } = given;
    const byDefault = given.default === undefined ? {} : { default: given.default };
    if (from !== undefined) {
      return {
        attribute: from,
        ...(type === undefined ? {} : { type }),
        ...(multiple === undefined ? {} : { multiple }),
        ...(pick === undefined ? {} : { pick }),
        ...(index === undefined ? {} : { index }),
        ...byDefault,
      };
    }
    if (text !== undefined) return { template: text, ...byDefault };
    if (constant !== undefined) return { constant };
    return z.NEVER;
  });

export const profile = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "expected letters, digits and _, a letter first"),
    mapped,
  )
  .refine((all) => Object.keys(all).length <= 64, "a profile has 64 names at most")
  .optional()
  .describe(
    "Name in the identity → attribute, or `{attribute, type, multiple, pick, index, default}`, `{template, default}` or `{constant}`. " +
      "Without it, the preset's. See [profiles](../profile.md).",
  );

interface Mistake {
  readonly path: readonly string[];
  readonly message: string;
}

function mistakesOf(given: Field): readonly Mistake[] {
  const sources = (["attribute", "template", "constant"] as const).filter(
    (name) => given[name] !== undefined,
  );
  if (sources.length !== 1)
    return [{ path: [], message: "expected one of attribute, template and constant" }];
  const [source = "constant"] = sources;
  const needs = (names: readonly (keyof Field)[], needed: keyof Field): readonly Mistake[] =>
    names
      .filter((name) => given[name] !== undefined && given[needed] === undefined)
      .map((name) => ({ path: [name], message: `needs ${needed}` }));
  return [
    ...needs(["type", "multiple", "pick"], "attribute"),
    ...needs(["index"], "pick"),
    ...(given.pick !== undefined && given.type !== undefined && given.type !== "text"
      ? [{ path: ["type"], message: "a part of a name is text" }]
      : []),
    ...(source === "constant" && given.default !== undefined
      ? [{ path: ["default"], message: "a constant needs none" }]
      : []),
    ...(source === "constant" || fitsItsType(given)
      ? []
      : [{ path: ["default"], message: "is not what the value itself would be" }]),
  ];
}

/** Who reads the profile need not know whether a value came from the directory. */
function fitsItsType({ type = "text", multiple = false, default: byDefault }: Field): boolean {
  if (byDefault === undefined) return true;
  if (Array.isArray(byDefault) !== multiple) return false;
  const wanted = type === "integer" ? "number" : type === "boolean" ? "boolean" : "string";
  return [byDefault].flat().every((one) => typeof one === wanted);
}
