// Which package may import which. One way only: cli -> client, gateway -> engine -> contracts <- backends -> hcs-bindings.
// `pnpm generate` turns this table into the lint rules of biome.json; a test sees to it that each of them bites.

/** Packages of this workspace that the sources of each may import; `"*"`: all of them. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  "packages/contracts": [],
  "packages/kernel": ["contracts"],
  "packages/backup-stream": ["contracts"],
  "packages/client": [],
  "packages/sqlite": ["contracts"],
  "packages/oci-spec": ["contracts"],
  "packages/hcs-bindings": ["contracts"],
  "packages/hcs-emulator": ["contracts", "backup-stream"],
  "packages/layer-tar": ["contracts", "backup-stream"],
  "packages/graphdriver-windowsfilter": ["contracts", "backup-stream", "hcs-bindings", "layer-tar"],
  "packages/snapshotter-windows": ["contracts", "backup-stream", "sqlite", "hcs-bindings", "layer-tar"],
  "packages/images": ["contracts", "sqlite", "layer-tar"],
  "packages/networks": ["contracts", "sqlite", "hcs-bindings"],
  "packages/nano-image": ["contracts", "backup-stream", "layer-tar"],
  "packages/runtime-local": ["contracts", "hcs-bindings", "oci-spec"],
  "packages/engine": ["contracts", "sqlite", "oci-spec"],
  "packages/gateway": ["contracts", "engine"],
  "packages/testkit": ["contracts"],
  "packages/engine-testkit": ["contracts", "engine"],
  "apps/cli": ["*"],
};

/** The only folders that may load native code: Windows' libraries, and what a Linux host has for files of layers. */
export const nativeFolders: readonly string[] = ["packages/hcs-bindings/src/native", "packages/hcs-emulator/src/native"];

interface RestrictedImports {
  readonly paths?: Readonly<Record<string, string>>;
  readonly patterns?: readonly { readonly group: readonly string[]; readonly message: string }[];
}

const noKoffi = { koffi: `Only ${nativeFolders.join(" and ")} load native code; use the functions of @oriel/hcs-bindings.` };

/** The `overrides` of biome.json. A later entry replaces the options of an earlier one for the files that both name. */
export function biomeOverrides(): readonly unknown[] {
  return [
    // Written by `pnpm generate`, which lays it out its own way.
    { includes: ["biome.json"], formatter: { enabled: false } },
    { includes: ["**/*.config.ts", "scripts/lib/vitest-reporter.mjs"], linter: { rules: { style: { noDefaultExport: "off" } } } },
    restrict("**", { paths: noKoffi }),
    ...Object.entries(layers)
      .filter(([, allowed]) => !allowed.includes("*"))
      .map(([folder, allowed]) => restrict(`${folder}/src/**`, { paths: noKoffi, patterns: [onlyLayers(folder, allowed)] })),
    ...nativeFolders.map((native) => {
      const folder = native.slice(0, native.indexOf("/src/"));
      return restrict(`${native}/**`, { patterns: [onlyLayers(folder, layers[folder] ?? [])] });
    }),
  ];
}

function onlyLayers(folder: string, allowed: readonly string[]): { readonly group: readonly string[]; readonly message: string } {
  const names = allowed.map((name) => `@oriel/${name}`);
  const may = names.length === 0 ? "no other package of this workspace" : `of this workspace only ${names.join(", ")}`;
  // The last two catch a relative path into the sources of a sibling.
  const group = ["@oriel/*", "@oriel/*/**", ...names.map((name) => `!${name}`), "../../*/src/**", "../../../*/src/**"];
  return { group, message: `${folder} may import ${may} (scripts/layers.ts).` };
}

function restrict(files: string, options: RestrictedImports): unknown {
  return { includes: [files], linter: { rules: { style: { noRestrictedImports: { level: "error", options } } } } };
}
