import { type ExplainedDifference, explainedDifferences } from "../e2e/src/scenarios/explained-differences.ts";

/** The table of docs/compatibility.md that says in which options and behaviours the recording of dockerd goes another way, and why. */
export function scenarioDifferences(): string {
  return `| Option or behaviour | Where it is seen | dockerd | Oriel | Why |
|---|---|---|---|---|
${explainedDifferences.map(row).join("\n")}`;
}

function row({ behaviour, host, storage, with: found, aspect, where, dockerd, oriel, sometimes, reason }: ExplainedDifference): string {
  const subject = where === undefined ? "" : `: ${where.map(code).join(", ")}`;
  const cells = [
    `${behaviour}${host === undefined ? "" : hosts[host]}${storage === undefined ? "" : ` (with \`storage = "${storage}"\`)`}${versions(found)}`,
    `${sometimes ? "now and then, " : ""}${aspect}${subject}`,
    said(dockerd),
    said(oriel),
    reason,
  ];
  return `| ${cells.join(" | ")} |`;
}

function versions(found: ExplainedDifference["with"]): string {
  if (found === undefined) return "";
  const { program, since, before } = found;
  const range = [since === undefined ? [] : `from ${since} on`, before === undefined ? [] : `before ${before}`].flat().join(", ");
  return ` (with ${programs[program]} ${range})`;
}

const programs = { docker: "the `docker` command line", wine: "Wine" } as const;
const hosts = { windows: " (under Wine)", emulated: " (emulated host)" } as const;

function said(text: string | undefined): string {
  if (text === undefined) return "";
  return text === "absent" || text === "fewer" ? text : code(text);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
