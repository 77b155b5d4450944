/** The keywords of JSON Schema that {@link findIssues} knows. */
export interface JsonSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
}

/** What is wrong at one place of a value. */
export interface SchemaIssue {
  /** `windows.layerFolders[0]`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** The TypeScript type of the values that a schema allows. */
export type FromSchema<S> = S extends { readonly type: "string" }
  ? string
  : S extends { readonly type: "integer" }
    ? number
    : S extends { readonly type: "boolean" }
      ? boolean
      : S extends { readonly type: "array"; readonly items: infer I }
        ? FromSchema<I>[]
        : S extends { readonly type: "object"; readonly properties: infer P; readonly required: readonly (infer R)[] }
          ? Flat<
              { -readonly [K in keyof P as K extends R ? K : never]: FromSchema<P[K]> } & {
                -readonly [K in keyof P as K extends R ? never : K]?: FromSchema<P[K]>;
              }
            >
          : S extends { readonly type: "object"; readonly additionalProperties: infer A }
            ? Record<string, FromSchema<A>>
            : unknown;

type Flat<T> = { [K in keyof T]: T[K] };

/** Everything in `value` that `schema` does not allow. */
export function findIssues(schema: JsonSchema, value: unknown, path = ""): SchemaIssue[] {
  if (schema.type !== undefined && !hasType(schema.type, value)) {
    return [{ path, message: `must be ${article(schema.type)}, is ${describe(value)}` }];
  }
  const issues = ownIssues(schema, value, path);
  if (schema.anyOf !== undefined && !schema.anyOf.some((choice) => findIssues(choice, value, path).length === 0)) {
    issues.push({ path, message: `must ${schema.anyOf.map(demand).join(" or ")}` });
  }
  return issues;
}

function ownIssues(schema: JsonSchema, value: unknown, path: string): SchemaIssue[] {
  if (typeof value === "string") return stringIssues(schema, value, path);
  if (typeof value === "number") return numberIssues(schema, value, path);
  if (Array.isArray(value)) return arrayIssues(schema, value, path);
  return isObject(value) ? objectIssues(schema, value, path) : [];
}

function stringIssues(schema: JsonSchema, value: string, path: string): SchemaIssue[] {
  if (value.length < (schema.minLength ?? 0)) return [{ path, message: "must not be empty" }];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
    return [{ path, message: `${isSecret(path) ? "it" : JSON.stringify(value)} must match ${schema.pattern}` }];
  }
  return [];
}

/** Errors are logged, and do not quote variables. */
function isSecret(path: string): boolean {
  return /(^|\.)env\[\d+\]$/.test(path);
}

function numberIssues(schema: JsonSchema, value: number, path: string): SchemaIssue[] {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (value >= minimum && value <= maximum) return [];
  const range = schema.maximum === undefined ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return [{ path, message: `must be ${range}, is ${value}` }];
}

function arrayIssues(schema: JsonSchema, value: readonly unknown[], path: string): SchemaIssue[] {
  const { items, minItems = 0 } = schema;
  if (value.length < minItems) return [{ path, message: `must have at least ${minItems} item${minItems === 1 ? "" : "s"}` }];
  return items === undefined ? [] : value.flatMap((item, index) => findIssues(items, item, `${path}[${index}]`));
}

function objectIssues(schema: JsonSchema, value: Readonly<Record<string, unknown>>, path: string): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key)) issues.push({ path: below(path, key), message: "is missing" });
  }
  for (const [key, item] of Object.entries(value)) {
    const known = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema.additionalProperties;
    if (known !== undefined) issues.push(...findIssues(known, item, below(path, key)));
  }
  return issues;
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function hasType(type: NonNullable<JsonSchema["type"]>, value: unknown): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function demand(schema: JsonSchema): string {
  return schema.type === undefined ? `have ${(schema.required ?? []).join(", ")}` : `be ${article(schema.type)}`;
}

function article(type: NonNullable<JsonSchema["type"]>): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
