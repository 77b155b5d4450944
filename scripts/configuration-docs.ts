import { type ConfigKey, configKeyNames, configKeys } from "../packages/kernel/src/index.ts";

/** docs/configuration.md, from the kernel's table of keys. */
export function configurationDocs(): string {
  return `# Configuration

<!-- Made by \`pnpm generate\` from packages/kernel/src/config/config-keys.ts; edit that. -->

The daemon takes its configuration from three places. What comes later in this list wins:

1. a TOML file: \`oriel daemon --config FILE\`, or the path in \`ORIEL_CONFIG\`;
2. the environment, in which lists are separated by commas and an empty variable counts as not set;
3. the flags of \`oriel daemon\`; a flag for a list may be given several times.

A list is replaced as a whole, never added to. Unknown keys and wrong values are errors that name the key, the file and
the line; all faults of a file are reported together. So are variables that begin with \`ORIEL_\` and that nothing knows, by
the daemon and by client commands, unless Kubernetes or \`docker run --link\` set them for a service of that name.

## Example

\`\`\`toml
${exampleFile()}
\`\`\`

## Keys

| key | environment | flag | default |
|---|---|---|---|
${configKeyNames.map(row).join("\n")}

${configKeyNames.map(section).join("\n\n")}
`;
}

/** A file that says what holds anyway, for Linux. A test parses it. */
export function exampleFile(): string {
  const lines: string[] = [];
  let table = "";
  for (const key of configKeyNames) {
    const [name = "", inTable] = key.split(".");
    if (inTable !== undefined && name !== table) {
      table = name;
      lines.push("", `[${table}]`);
    }
    lines.push(`${inTable ?? name} = ${JSON.stringify(configKeys[key].default("linux"))}`);
  }
  return lines.join("\n");
}

function row(key: ConfigKey): string {
  const { env, flag } = configKeys[key];
  return `| [\`${key}\`](#${anchor(key)}) | \`${env}\` | ${flag === undefined ? "" : `\`${flag}\``} | ${defaults(key)} |`;
}

function section(key: ConfigKey): string {
  const { kind, summary } = configKeys[key];
  return `### \`${key}\`\n\n${summary}\n\nMust be ${kind.expected}.`;
}

function defaults(key: ConfigKey): string {
  const [elsewhere, onWindows] = ["linux", "win32"].map((platform) => `\`${JSON.stringify(configKeys[key].default(platform))}\``);
  return elsewhere === onWindows ? `${elsewhere}` : `${elsewhere}; on Windows ${onWindows}`;
}

/** As GitHub makes anchors of headings: lower case, without punctuation. */
function anchor(key: string): string {
  return key.toLowerCase().replaceAll(".", "");
}
