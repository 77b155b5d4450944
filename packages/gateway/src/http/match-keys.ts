import type { FastifyInstance, RouteOptions } from "fastify";
import { namedSchemas } from "../schemas/named-schemas.ts";

/** What is read of a schema here. */
interface Shape {
  readonly $ref?: string;
  readonly type?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

const shapesByName = new Map(namedSchemas.map((schema) => [`${(schema as { $id?: string }).$id}#`, schema as Shape]));

/** The value that Go's decoder leaves where null is given for an element of a list or map. */
const zeroes: Readonly<Record<string, unknown>> = { string: "", integer: 0, boolean: false, object: {} };

/** Every request's body is read as Go's decoder reads it, before the validation. */
export function readBodiesAsGo(app: Pick<FastifyInstance, "addHook">): void {
  app.addHook("onRoute", (route: RouteOptions) => {
    const shape = route.schema?.body as Shape | undefined;
    if (shape === undefined) return;
    route.preValidation = [
      ...[route.preValidation ?? []].flat(),
      async (request: { body: unknown }) => {
        request.body = matchKeys(request.body, shape);
      },
    ];
  });
}

/**
 * A JSON value with the names of its fields spelled as the schema spells them: a key counts for the field of its name, or else for the one
 * that it differs from in case only. Of several for one field the last counts, and objects are merged. Null leaves a field as it was, so it
 * is left out. Unknown keys stay.
 * @see https://pkg.go.dev/encoding/json#Unmarshal
 */
export function matchKeys(value: unknown, schema: Shape): unknown {
  const shape = shapeFor(value, schema);
  if (Array.isArray(value)) return shape.items === undefined ? value : value.map((item) => element(item, shape.items));
  if (!isObject(value)) return value;
  const [elements] = Object.values(shape.patternProperties ?? {});
  if (elements !== undefined) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, element(item, elements)]));
  const { properties } = shape;
  if (properties === undefined) return value;

  const byFolded = new Map(Object.keys(properties).map((name) => [folded(name), name]));
  const matched = new Map<string, unknown>();
  for (const [key, given] of Object.entries(value)) {
    const name = Object.hasOwn(properties, key) ? key : (byFolded.get(folded(key)) ?? key);
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (field !== undefined && given === null) continue;
    const before = matched.get(name);
    const next = field === undefined ? given : matchKeys(given, field);
    matched.set(name, isObject(before) && isObject(next) ? { ...before, ...next } : next);
  }
  return Object.fromEntries(matched);
}

function element(value: unknown, shape: Shape | undefined): unknown {
  if (shape === undefined) return value;
  if (value !== null) return matchKeys(value, shape);
  const { type = "" } = shapeFor({}, shape);
  return isNullable(shape) ? null : (zeroes[type] ?? null);
}

/** The schema itself behind a reference, and of alternatives the one that a value of this kind is for. */
function shapeFor(value: unknown, shape: Shape): Shape {
  if (shape.$ref !== undefined) return shapesByName.get(shape.$ref) ?? {};
  if (shape.anyOf === undefined) return shape;
  const alternatives = shape.anyOf.map((alternative) => shapeFor(value, alternative));
  const kind = Array.isArray(value) ? "array" : "object";
  return alternatives.find(({ type }) => type === kind) ?? {};
}

function isNullable({ anyOf, type }: Shape): boolean {
  return type === undefined && (anyOf === undefined || anyOf.some((alternative) => alternative.type === "null"));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go compares by Unicode's simple folding: U+017F counts as `s`, and U+212A as `k`. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}
