import { nearestName } from "@oriel/contracts";
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import { type ConfigLayer, configKeyNames, configKeys, configSections, isConfigKey } from "./config-keys.ts";
import { LayerBuilder } from "./layer-builder.ts";

/**
 * Reads the text of a configuration file (TOML 1.0). Pure: the caller reads the file; `fileName` is what faults call it.
 *
 * @throws InvalidArgumentError naming the key, the file and the line of every unknown key and every wrong value; for text
 *   that is not TOML the first place where it is not.
 */
export function parseConfig(text: string, fileName: string): ConfigLayer {
  const builder = new LayerBuilder();
  const program = parseProgram(text, fileName, builder);
  if (program !== undefined) {
    for (const node of program.body[0].body) {
      if (node.type === "TOMLKeyValue") readPair([], node, fileName, builder);
      else readTable(node, fileName, builder);
    }
  }
  return builder.finish(fileName);
}

function parseProgram(text: string, fileName: string, builder: LayerBuilder): AST.TOMLProgram | undefined {
  try {
    return parseTOML(text.replace(/^\uFEFF/, ""), { tomlVersion: "1.0.0" });
  } catch (error) {
    const line = error instanceof ParseError ? error.lineNumber : 1;
    builder.fault(`${fileName}:${line}`, `this is not TOML: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function readTable(table: AST.TOMLTable, fileName: string, builder: LayerBuilder): void {
  const path = table.key.keys.map(nameOf);
  const name = path.join(".");
  const where = `${fileName}:${table.loc.start.line}`;
  if (!configSections.includes(name)) builder.fault(where, refuseSection(name));
  else if (table.kind === "array") builder.fault(where, `${name} must be a table, not a list of tables: [${name}]`);
  else for (const pair of table.body) readPair(path, pair, fileName, builder);
}

function readPair(prefix: readonly string[], pair: AST.TOMLKeyValue, fileName: string, builder: LayerBuilder): void {
  const path = [...prefix, ...pair.key.keys.map(nameOf)];
  const name = path.join(".");
  const where = `${fileName}:${pair.loc.start.line}`;
  if (isConfigKey(name)) builder.set(name, getStaticTOMLValue(pair.value), where);
  else if (!configSections.includes(name)) builder.fault(where, refuseKey(name));
  else if (pair.value.type !== "TOMLInlineTable") builder.fault(where, `${name} must be a table: [${name}]`);
  else for (const inner of pair.value.body) readPair(path, inner, fileName, builder);
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function refuseKey(name: string): string {
  const parent = name.slice(0, name.lastIndexOf("."));
  if (isConfigKey(parent)) return `${parent} must be ${configKeys[parent].kind.expected}, not a table`;
  return `unknown key ${show(name)}${suggest(name, [...configKeyNames, ...configSections])}`;
}

function refuseSection(name: string): string {
  if (isConfigKey(name)) return `${name} must be ${configKeys[name].kind.expected}, not a table`;
  return `unknown table [${name.slice(0, 80)}]${suggest(name, configSections)}`;
}

function suggest(name: string, known: readonly string[]): string {
  // `level = "debug"` at the top most likely lacks its table.
  const lacksTable = known.find((key) => key.endsWith(`.${name}`));
  const near = lacksTable ?? nearestName(name, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function show(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
