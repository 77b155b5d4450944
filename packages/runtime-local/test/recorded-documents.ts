import { readFileSync } from "node:fs";
import type { RuntimeSpec } from "@oriel/contracts";

export interface RecordedDocument {
  readonly name: string;
  readonly id: string;
  readonly spec: RuntimeSpec;
  /** The document of HcsCreateComputeSystem. */
  readonly container: Record<string, unknown> & { readonly Layers: readonly { readonly ID: string; readonly Path: string }[] };
  /** The document of HcsCreateProcess. */
  readonly process: Record<string, unknown>;
}

const file = new URL("fixtures/recorded/documents.json", import.meta.url);

/** Specs, and the documents that a real dockerd for Windows made of them. */
export const recordedDocuments = (JSON.parse(readFileSync(file, "utf8")) as { documents: RecordedDocument[] }).documents;
