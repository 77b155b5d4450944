import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { recordedImagePath, recordedImages } from "@oriel/testkit";
import { secondRecordingRows } from "./second-recording-rows.ts";

/** A command of the docker command line, and what came of it. Outputs name ids as `<idN>`. */
export interface RecordedStep {
  /** The words after `docker`. */
  readonly docker: readonly string[];
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A call of the daemon into vmcompute.dll, as the recording and the trace of the test DLL write it. */
export interface DaemonCall {
  readonly call: string;
  /** An id, a folder, a query, or the method and path of a call to the network service. */
  readonly target: string;
  /** The JSON document that was given; other text, or none, for calls that take no document. */
  readonly document: string;
  /** `0x` and eight digits. */
  readonly hresult: string;
}

/** Whether an answer is neither success nor "goes on in the background". */
export function isFailure(hresult: string): boolean {
  return hresult !== "0x00000000" && hresult !== "0xc0370103";
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly RecordedStep[];
  readonly calls: readonly DaemonCall[];
}

/** A scenario as a daemon of ours did it; without calls where none are traced. */
export type ScenarioRun = Omit<Scenario, "calls"> & { readonly calls: readonly DaemonCall[] | undefined };

export interface Recording {
  readonly scenarios: readonly Scenario[];
  /** Archives of the images that the scenarios use. */
  readonly images: readonly string[];
}

/** What the fixture holds: each call once, and scenarios that name calls by their place. */
interface Fixture {
  readonly calls: readonly DaemonCall[];
  readonly scenarios: readonly (Omit<Scenario, "calls"> & { readonly calls: readonly number[] })[];
}

const fixtures = [{ file: "dockerd-scenarios.json" }, { file: "dockerd-scenarios-2.json", rows: secondRecordingRows }] as const;

/**
 * The recordings of dockerd for Windows, from the fixtures; or one in a file of one's own: a JSON array of scenarios, with the archives
 * of its images, `*.tar`, in the same folder.
 */
export async function readRecording(file?: string): Promise<Recording> {
  if (file === undefined) {
    return { images: recordedImages.map(recordedImagePath), scenarios: (await Promise.all(fixtures.map(readFixture))).flat() };
  }
  const folder = path.dirname(file);
  return {
    images: recordedImages.map((name) => path.join(folder, `${name}.tar`)),
    scenarios: JSON.parse(await readFile(file, "utf8")) as readonly Scenario[],
  };
}

/** @throws Error naming a row that the fixture does not have */
async function readFixture({ file, rows }: { readonly file: string; readonly rows?: readonly string[] }): Promise<readonly Scenario[]> {
  const text = await readFile(fileURLToPath(new URL(`../../fixtures/${file}`, import.meta.url)), "utf8");
  const { calls, scenarios } = JSON.parse(text) as Fixture;
  const missing = rows?.filter((row) => !scenarios.some(({ name }) => name === row)) ?? [];
  if (missing.length > 0) throw new Error(`${file} has no rows ${missing.join(", ")}`);
  return scenarios
    .filter(({ name }) => rows === undefined || rows.includes(name))
    .map(({ name, steps, calls: places }) => ({ name, steps, calls: places.flatMap((index) => calls[index] ?? []) }));
}
