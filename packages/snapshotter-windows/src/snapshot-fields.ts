import type { FieldLookUp, SnapshotInfo } from "@oriel/contracts";

/** The fields of a snapshot as filters name them. */
export function snapshotFields({ name, kind, parent, labels }: SnapshotInfo): FieldLookUp {
  return ([first, ...rest]) => {
    if (first === "labels" && rest.length > 0) {
      const key = rest.join(".");
      return Object.hasOwn(labels, key) ? labels[key] : undefined;
    }
    if (rest.length > 0) return undefined;
    return first === "name" ? name : first === "kind" ? kind : first === "parent" ? parent : undefined;
  };
}
