import { type Static, type TSchema, Type } from "typebox";

/**
 * A reference to a schema that has an `$id`: the document then names the schema once, under `components`, and the
 * generated client gets a named type for it.
 */
export function named<Schema extends TSchema>(schema: Schema & { $id?: string }) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** One of a few texts. */
export function oneOf<const Values extends string[]>(values: Values, options: { readonly description?: string } = {}) {
  return Type.Unsafe<Values[number]>({ type: "string", enum: values, ...options });
}

export const ErrorAnswer = Type.Object(
  { message: Type.String({ description: "What went wrong, and with which value." }) },
  { $id: "ErrorAnswer", description: "Every answer with a status of 400 and above has this form." },
);

export const StringMap = Type.Record(Type.String(), Type.String());

/** The keys of a map, as Go programs send a set of strings: `{ "80/tcp": {} }`. */
export const StringSet = Type.Record(Type.String(), Type.Object({}));

/** A JSON answer. */
export function json<Schema extends TSchema>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** An answer without a body. */
export function empty(description: string) {
  return Type.Null({ description });
}

/** An answer in bytes. */
export function bytes(description: string, ...mediaTypes: [string, ...string[]]) {
  const schema = Type.Unsafe<never>({ type: "string", format: "binary" });
  return { description, content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }])) };
}

const texts = {
  400: "A parameter is malformed or out of range.",
  403: "The host refused access.",
  404: "No such object.",
  409: "In conflict with the object's state, or with another object.",
  501: "This version of Oriel, or this host, cannot do that.",
} as const;

/** The failures that a route is known for; every route may also answer 500, 503 (the daemon is ending) and 504. */
export function failures(...statuses: (keyof typeof texts)[]) {
  const answers = statuses.map((status) => [status, json(named(ErrorAnswer), texts[status])]);
  return { ...Object.fromEntries(answers), default: json(named(ErrorAnswer), "Any other failure.") };
}

export const IdParameter = Type.Object({
  id: Type.String({ minLength: 1, description: "The container's id, an unambiguous beginning of it, or its name." }),
});

export const ExecParameter = Type.Object({
  id: Type.String({ minLength: 1, description: "The exec's id, whole." }),
});

export const TerminalSize = Type.Object({
  h: Type.Integer({ minimum: 0, maximum: 32_767, description: "Rows." }),
  w: Type.Integer({ minimum: 0, maximum: 32_767, description: "Columns." }),
});

export const NameParameter = Type.Object({
  name: Type.String({ minLength: 1, description: "The image's reference, its id, or an unambiguous beginning of that." }),
});

export const Filters = Type.Optional(
  Type.String({ description: 'A JSON object of lists: `{"label":["role=web"]}`.', examples: ['{"label":["role=web"]}'] }),
);
