/** Readers of JSON documents in HCS's manner: what is absent or null has its default, another type is refused. */

export type Fields = Readonly<Record<string, unknown>>;

/** A document that is not what HCS takes; the message says which field. */
export class DocumentError extends Error {}

/** @throws DocumentError for what is no JSON object. `""` is the empty object, as HCS takes it for absent options. */
export function parseObject(text: string): Fields {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DocumentError(`the document is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return objectOf(value, "the document");
}

export function objectOf(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DocumentError(`${name} must be an object`);
  return value as Fields;
}

export function optionalObject(fields: Fields, key: string): Fields | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : objectOf(value, key);
}

export function stringOf(fields: Fields, key: string): string {
  const value = fields[key];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new DocumentError(`${key} must be a string`);
  return value;
}

export function booleanOf(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw new DocumentError(`${key} must be true or false`);
  return value;
}

/** A whole number; 0 where it is absent. */
export function numberOf(fields: Fields, key: string): number {
  const value = fields[key];
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number" || !Number.isInteger(value)) throw new DocumentError(`${key} must be a whole number`);
  return value;
}

export function listOf<Item>(fields: Fields, key: string, item: (value: unknown, name: string) => Item): readonly Item[] {
  const value = fields[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new DocumentError(`${key} must be an array`);
  return value.map((entry, index) => item(entry, `${key}[${index}]`));
}

export function stringItem(value: unknown, name: string): string {
  if (typeof value !== "string") throw new DocumentError(`${name} must be a string`);
  return value;
}
