import { InvalidArgumentError } from "@oriel/contracts";
import type { FastifySchemaValidationError } from "fastify";

const parts: Readonly<Record<string, string>> = { body: "the request's body", querystring: "the query", params: "the path" };

/** The first fault of a request, in a sentence that names the field: `HostConfig.Memory must be integer`. */
export function validationError(errors: readonly FastifySchemaValidationError[], part: string): InvalidArgumentError {
  // Of the alternatives of a field, null is the least telling one.
  const fault = errors.find((error) => error.keyword !== "anyOf" && error.params.type !== "null") ?? errors[0];
  const field = fault?.instancePath.slice(1).replaceAll("/", ".") ?? "";
  const allowed = Array.isArray(fault?.params.allowedValues)
    ? `: ${fault.params.allowedValues.map((value) => JSON.stringify(value)).join(", ")}`
    : "";
  const subject = field === "" ? (parts[part] ?? part) : field;
  return new InvalidArgumentError(`invalid parameter: ${subject} ${fault?.message ?? "is malformed"}${allowed}`, {
    op: "gateway.validate",
  });
}
