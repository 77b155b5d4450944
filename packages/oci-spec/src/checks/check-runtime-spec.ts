import { InvalidArgumentError, type RuntimeSpec } from "@oriel/contracts";
import { isVolumeGuidPath } from "../mounts/volume-path.ts";
import { findIssues, type SchemaIssue } from "./json-schema.ts";
import { runtimeSpecSchema } from "./spec-schema.ts";

/**
 * What is wrong with a spec that comes from elsewhere: against the schema, and, once that holds, against the rules between
 * fields. An empty list says that it is a {@link RuntimeSpec}.
 */
export function checkRuntimeSpec(value: unknown): SchemaIssue[] {
  const issues = findIssues(runtimeSpecSchema, value);
  return issues.length > 0 ? issues : crossFieldIssues(value as RuntimeSpec);
}

/** @throws InvalidArgumentError listing each place that is wrong. */
export function assertRuntimeSpec(value: unknown): asserts value is RuntimeSpec {
  const issues = checkRuntimeSpec(value);
  if (issues.length === 0) return;
  const lines = issues.map(({ path, message }) => `${path === "" ? "the spec" : path} ${message}`);
  throw new InvalidArgumentError(`invalid runtime spec: ${lines.join("; ")}`, { op: "spec.check" });
}

function crossFieldIssues(spec: RuntimeSpec): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const { windows } = spec;
  if (windows === undefined) {
    issues.push({ path: "windows", message: "is missing" });
    return issues;
  }
  const isHyperV = windows.hyperv !== undefined;
  if (spec.linux !== undefined && !isHyperV) {
    issues.push({ path: "windows.hyperv", message: "is missing: a Linux container needs a utility VM" });
  }
  if (spec.linux === undefined && !isHyperV && !isVolumeGuidPath(spec.root?.path ?? "")) {
    issues.push({
      path: "root.path",
      message: `must be a volume GUID path \\\\?\\Volume{GUID}\\ for process isolation, is ${JSON.stringify(spec.root?.path ?? "")}`,
    });
  }
  if (spec.linux === undefined && isHyperV && spec.root?.path) {
    issues.push({ path: "root.path", message: "must be empty or absent for Hyper-V isolation" });
  }
  const { count = 0, shares = 0, maximum = 0 } = windows.resources?.cpu ?? {};
  if (!isHyperV && [count, shares, maximum].filter((limit) => limit > 0).length > 1) {
    issues.push({ path: "windows.resources.cpu", message: "can have only one of count, shares, maximum under process isolation" });
  }
  const { networkNamespace, ...otherwise } = windows.network ?? {};
  if (networkNamespace && Object.keys(otherwise).length > 0) {
    issues.push({ path: "windows.network", message: "can have nothing beside networkNamespace" });
  }
  return issues;
}
