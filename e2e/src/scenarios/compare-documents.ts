import { absent, type Difference } from "./difference.ts";
import type { Names } from "./names.ts";
import type { DaemonCall } from "./recording.ts";

const takesDocument = /^Hcs(CreateComputeSystem|CreateProcess|Modify\w+)$/;

/**
 * The documents given to HCS, the first of each kind with the first, the second with the second. They are compared in meaning: the
 * order of keys says nothing, and ids need only be used alike.
 */
export function compareDocuments(recorded: readonly DaemonCall[], ours: readonly DaemonCall[], names: Names): Difference[] {
  const counts = new Map<string, number>();
  const documentsOf = (call: string) => ours.filter((other) => other.call === call);
  const differences: Difference[] = [];
  for (const { call, document } of recorded.filter(hasDocument)) {
    const index = counts.get(call) ?? 0;
    counts.set(call, index + 1);
    const other = documentsOf(call)[index];
    if (other === undefined) differences.push({ aspect: "documents", where: call, dockerd: "a document", oriel: absent });
    else differences.push(...compareValues(call, JSON.parse(document), JSON.parse(other.document), names));
  }
  for (const call of new Set(ours.filter(hasDocument).map((other) => other.call))) {
    const more = documentsOf(call).length - (counts.get(call) ?? 0);
    for (let index = 0; index < more; index += 1) {
      differences.push({ aspect: "documents", where: call, dockerd: absent, oriel: "a document" });
    }
  }
  return differences;
}

function hasDocument({ call }: DaemonCall): boolean {
  return takesDocument.test(call);
}

function compareValues(where: string, recorded: unknown, ours: unknown, names: Names): Difference[] {
  if (typeof recorded === "string" && typeof ours === "string") {
    return names.match(recorded, ours) ? [] : [difference(where, recorded, ours, names)];
  }
  if (Array.isArray(recorded) && Array.isArray(ours) && recorded.length === ours.length) {
    return recorded.flatMap((value, index) => compareValues(`${where}[${index}]`, value, ours[index], names));
  }
  if (isObject(recorded) && isObject(ours)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(ours)]);
    return [...keys].flatMap((key) => compareValues(`${where}.${key}`, recorded[key], ours[key], names));
  }
  return recorded === ours ? [] : [difference(where, recorded, ours, names)];
}

function difference(where: string, recorded: unknown, ours: unknown, names: Names): Difference {
  const dockerd = recorded === undefined ? absent : JSON.stringify(recorded);
  const oriel = ours === undefined ? absent : names.normalised(JSON.stringify(ours));
  return { aspect: "documents", where, dockerd, oriel };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
