import openapiTypescript, { astToString } from "openapi-typescript";

const banner = `// Generated from the gateway's OpenAPI document: do not edit.
// After a change of the gateway's schemas run "pnpm --filter @oriel/openapi-types generate" in the root.

`;

/** The TypeScript types of an OpenAPI document, as the text of a module. */
export async function renderTypes(document: Record<string, unknown>): Promise<string> {
  const syntax = await openapiTypescript(JSON.stringify(document), { alphabetize: true, rootTypes: true, rootTypesNoSchemaPrefix: true });
  return banner + astToString(syntax);
}
