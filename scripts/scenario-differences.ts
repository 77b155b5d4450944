import { type ExplainedDifference, explainedDifferences } from "../e2e/src/scenarios/explained-differences.ts";

/** The table of docs/compatibility.md that says in what, and why, the recorded scenarios go another way. */
export function scenarioDifferences(): string {
  return `| Scenarios | What | dockerd | Oriel | Why |
|---|---|---|---|---|
${explainedDifferences.map(row).join("\n")}`;
}

function row({ host, storage, scenarios, aspect, where, dockerd, oriel, sometimes, reason }: ExplainedDifference): string {
  const subject = where === undefined ? "" : `: ${where.map(code).join(", ")}`;
  const cells = [
    `${scenarios === "all" ? "all" : scenarios.join(", ")}${host === undefined ? "" : hosts[host]}${storage === undefined ? "" : ` (with \`storage = "${storage}"\`)`}`,
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
