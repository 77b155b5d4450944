import { type ExplainedDifference, explainedDifferences } from "../e2e/src/scenarios/explained-differences.ts";

/** The table of docs/compatibility.md that says in which options and behaviours the recording of dockerd goes another way, and why. */
export function scenarioDifferences(): string {
  return `| Option or behaviour | Where it is seen | dockerd | Oriel | Why |
|---|---|---|---|---|
${explainedDifferences.map(row).join("\n")}`;
}

function row({ behaviour, host, storage, aspect, where, dockerd, oriel, sometimes, reason }: ExplainedDifference): string {
  const subject = where === undefined ? "" : `: ${where.map(code).join(", ")}`;
  const cells = [
    `${behaviour}${host === undefined ? "" : hosts[host]}${storage === undefined ? "" : ` (with \`storage = "${storage}"\`)`}`,
    `${sometimes ? "now and then, " : ""}${aspect}${subject}`,
    said(dockerd),
    said(oriel),
    reason,
  ];
  return `| ${cells.join(" | ")} |`;
}

const hosts = { windows: " (under Wine)", emulated: " (emulated host)" } as const;

function said(text: string | undefined): string {
  if (text === undefined) return "";
  return text === "absent" || text === "fewer" ? text : code(text);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
