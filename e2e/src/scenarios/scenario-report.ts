import { type Aspect, absent, type Difference } from "./difference.ts";
import type { ExplainedDifference } from "./explained-differences.ts";
import type { ScenarioRun } from "./recording.ts";
import type { ScenarioHostName } from "./scenario-host.ts";

export interface ReportedDifference extends Difference {
  /** The entry that gives its reason, if there is one. */
  readonly explanation: ExplainedDifference | undefined;
}

/** A scenario that was put to the daemon. */
export interface ScenarioReport {
  readonly name: string;
  readonly host: ScenarioHostName;
  /** Whether its calls, and the documents in them, were compared. */
  readonly isTraced: boolean;
  readonly differences: readonly ReportedDifference[];
  /** Docker's client refused a command by itself, with these words, as an old one does that lacks an option. Nothing was compared. */
  readonly refusedByClient?: string;
}

export function reportScenario(
  run: ScenarioRun,
  differences: readonly Difference[],
  host: ScenarioHostName,
  explanations: readonly ExplainedDifference[],
): ScenarioReport {
  const { name } = run;
  const report = { name, host, isTraced: run.calls !== undefined };
  const [refusedByClient] = run.steps.flatMap(({ stderr }) => /^unknown flag: .*/.exec(stderr)?.[0] ?? []);
  if (refusedByClient !== undefined) return { ...report, differences: [], refusedByClient };
  return {
    ...report,
    differences: differences.map((difference) => ({
      ...difference,
      explanation: explanations.find((explanation) => explains(explanation, report, difference)),
    })),
  };
}

function explains(explanation: ExplainedDifference, report: Pick<ScenarioReport, "name" | "host">, difference: Difference): boolean {
  const { aspect, where, dockerd = difference.dockerd } = explanation;
  if (!concerns(explanation, report)) return false;
  if (aspect !== difference.aspect || (where !== undefined && !where.includes(difference.where))) return false;
  return dockerd === difference.dockerd && saysOfOriel(explanation.oriel, difference);
}

function saysOfOriel(oriel: string | undefined, difference: Difference): boolean {
  if (oriel === "fewer") return difference.oriel === absent || Number(difference.oriel) < Number(difference.dockerd);
  return oriel === undefined || oriel === difference.oriel;
}

/** The reports as a table in Markdown, and below it what its numbers stand for and what is left without a reason. */
export function scenarioTable(reports: readonly ScenarioReport[], explanations: readonly ExplainedDifference[]): string {
  const numberOf = (explanation: ExplainedDifference | undefined) =>
    explanation === undefined ? "!" : `${explanations.indexOf(explanation) + 1}`;
  const cell = ({ differences, isTraced }: ScenarioReport, aspect: Aspect): string => {
    if (aspect === "documents" && !isTraced) return "not seen";
    const found = differences.filter((difference) => difference.aspect === aspect);
    return found.length === 0 ? "yes" : `no (${[...new Set(found.map(({ explanation }) => numberOf(explanation)))].join(", ")})`;
  };
  const rows = reports.map((report) =>
    report.refusedByClient === undefined
      ? [report.name, cell(report, "exit codes"), cell(report, "output"), cell(report, "documents"), differingCalls(report, numberOf)]
      : [report.name, "not put", "", "", report.refusedByClient],
  );
  const used = new Set(reports.flatMap(({ differences }) => differences.map(({ explanation }) => explanation)));
  const notes = explanations.flatMap((explanation, index) =>
    used.has(explanation) ? [`${`${index + 1}`.padStart(3)}  ${explanation.reason}`] : [],
  );
  const open = unexplained(reports);
  return [
    ...alignedTable(["scenario", "same exit codes", "same output", "same documents", "differing calls (dockerd's > ours)"], rows),
    "",
    ...notes,
    "",
    ...(open.length === 0 ? ["Every difference has its reason."] : ["  !  without a reason:", ...open.map((line) => `     ${line}`)]),
  ].join("\n");
}

/** What differs and has no reason, a line each. */
export function unexplained(reports: readonly ScenarioReport[]): string[] {
  return reports.flatMap(({ name, differences }) =>
    differences
      .filter(({ explanation }) => explanation === undefined)
      .map(({ aspect, where, dockerd, oriel }) => `${name}, ${aspect}, ${where}: dockerd ${dockerd}, Oriel ${oriel}`),
  );
}

/** Explanations of what does not differ any more on the hosts of the reports. */
export function outdated(reports: readonly ScenarioReport[], explanations: readonly ExplainedDifference[]): ExplainedDifference[] {
  const used = new Set(reports.flatMap(({ differences }) => differences.map(({ explanation }) => explanation)));
  return explanations.filter(
    (explanation) =>
      !used.has(explanation) &&
      explanation.sometimes !== true &&
      reports.some((report) => mayTell(explanation, report)) &&
      !reports.some((report) => report.refusedByClient && concerns(explanation, report)),
  );
}

function concerns({ scenarios, host }: ExplainedDifference, report: Pick<ScenarioReport, "name" | "host">): boolean {
  return (host === undefined || host === report.host) && (scenarios === "all" || scenarios.includes(report.name));
}

/** Whether a difference of this kind can be seen where the report is from. */
function mayTell({ aspect, host }: ExplainedDifference, report: ScenarioReport): boolean {
  return (report.isTraced || aspect === "exit codes" || aspect === "output") && (host === undefined || host === report.host);
}

function differingCalls(
  { differences, isTraced }: ScenarioReport,
  numberOf: (explanation: ExplainedDifference | undefined) => string,
): string {
  if (!isTraced) return "not seen";
  const calls = differences.filter(({ aspect }) => aspect === "calls");
  const names = new Map<string, { dockerd: number; oriel: number; numbers: Set<string> }>();
  for (const { where, dockerd, oriel, explanation } of calls) {
    const [name = ""] = where.split(" ");
    const sum = names.get(name) ?? { dockerd: 0, oriel: 0, numbers: new Set() };
    sum.dockerd += Number(dockerd) || 0;
    sum.oriel += Number(oriel) || 0;
    sum.numbers.add(numberOf(explanation));
    names.set(name, sum);
  }
  return [...names].map(([name, { dockerd, oriel, numbers }]) => `${name} ${dockerd}>${oriel} (${[...numbers].join(", ")})`).join(", ");
}

function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const last = head.length - 1;
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => (column === last ? text : text.padEnd(widths[column] ?? 0))).join(" | ")} |`;
  return [line(head), `|${widths.map((width, column) => "-".repeat(column === last ? 3 : width + 2)).join("|")}|`, ...rows.map(line)];
}
