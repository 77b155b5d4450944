import { absent, type Difference } from "./difference.ts";
import type { Names } from "./names.ts";
import type { DaemonCall } from "./recording.ts";

const takesDocument = /^Hcs(CreateComputeSystem|CreateProcess|Modify\w+)$|^HNSCall POST /;

/**
 * The documents given to HCS, the first of each kind with the first, the second with the second. They are compared in meaning: the
 * order of keys says nothing, and ids need only be used alike.
 */
export function compareDocuments(recorded: readonly DaemonCall[], ours: readonly DaemonCall[], names: Names): Difference[] {
  const counts = new Map<string, number>();
  const documentsOf = (kind: string) => ours.filter((other) => kindOf(other) === kind);
  const differences: Difference[] = [];
  for (const call of recorded.filter(hasDocument)) {
    const kind = kindOf(call);
    const index = counts.get(kind) ?? 0;
    counts.set(kind, index + 1);
    const other = documentsOf(kind)[index];
    if (other === undefined) differences.push({ aspect: "documents", where: kind, dockerd: "a document", oriel: absent });
    else differences.push(...compareValues(kind, JSON.parse(call.document), JSON.parse(other.document), names));
  }
  for (const kind of new Set(ours.filter(hasDocument).map(kindOf))) {
    const more = documentsOf(kind).length - (counts.get(kind) ?? 0);
    for (let index = 0; index < more; index += 1) {
      differences.push({ aspect: "documents", where: kind, dockerd: absent, oriel: "a document" });
    }
  }
  return differences;
}

/** The name of a call; of one to the network service with what it asks for: `HNSCall POST /endpoints/`. */
function kindOf({ call, target }: DaemonCall): string {
  return call === "HNSCall" ? `${call} ${target}` : call;
}

function hasDocument(call: DaemonCall): boolean {
  return takesDocument.test(kindOf(call));
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
