import openapiTypescript, { astToString } from "openapi-typescript";
import ts from "typescript";

const banner = `// Generated from the gateway's OpenAPI document: do not edit.
// After a change of the gateway's schemas run "pnpm --filter @oriel/openapi-types generate" in the root.

`;

/** The TypeScript types of an OpenAPI document, as the text of a module. */
export async function renderTypes(document: Record<string, unknown>): Promise<string> {
  const syntax = await openapiTypescript(JSON.stringify(document), { alphabetize: true, rootTypes: true, rootTypesNoSchemaPrefix: true });
  return banner + astToString(syntax.map(allowUndefined));
}

/** Lets what may be absent be undefined, too, which JSON leaves out: a body can be written without looking for what is missing. */
function allowUndefined(node: ts.Node): ts.Node {
  const visited = ts.visitEachChild(node, allowUndefined, undefined);
  if (!ts.isPropertySignature(visited) || visited.questionToken === undefined) return visited;
  if (visited.type === undefined || visited.type.kind === ts.SyntaxKind.NeverKeyword) return visited;
  const types = ts.isUnionTypeNode(visited.type) ? visited.type.types : [visited.type];
  const type = ts.factory.createUnionTypeNode([...types, ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword)]);
  return ts.factory.updatePropertySignature(visited, visited.modifiers, visited.name, visited.questionToken, type);
}
