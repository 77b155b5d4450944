import path from "node:path";
import { layers } from "./layers.ts";

/** Packages without a place in the picture of the product. */
const aside = new Set(["testkit", "engine-testkit"]);

/** What the daemon speaks with over HTTP, and is therefore no import. */
const overHttp = [["client", "gateway"]] as const;

/** The packages and which imports which, as a mermaid diagram. */
export function architecturePicture(): string {
  const arrows = drawnLayers().flatMap(([name, imports]) => direct(imports).map((other) => `  ${name} --> ${other}`));
  const http = overHttp.map(([from, to]) => `  ${from} -. HTTP .-> ${to}`);
  return ["```mermaid", "flowchart TD", ...arrows, ...http, "```"].join("\n");
}

/** What each package may import, without what the table says of all alike. */
function drawnLayers(): [name: string, imports: readonly string[]][] {
  const named = Object.entries(layers).map(([folder, allowed]): [string, readonly string[]] => [path.basename(folder), allowed]);
  const drawn = named.filter(([name]) => !aside.has(name));
  const every = drawn.map(([name]) => name);
  return drawn.map(([name, allowed]) => [name, allowed.includes("*") ? every.filter((other) => other !== name) : allowed]);
}

/** Without what is reached through another of them. */
function direct(imports: readonly string[]): string[] {
  const through = new Set(imports.flatMap((name) => reach(name)));
  return imports.filter((name) => !through.has(name));
}

function reach(name: string): string[] {
  const [, imports = []] = drawnLayers().find(([other]) => other === name) ?? [];
  return imports.flatMap((other) => [other, ...reach(other)]);
}
