import { readFileSync } from "node:fs";
import type { ImageRunConfig, RuntimeSpec } from "@oriel/contracts";
import { validateHostConfig } from "../src/checks/validate-host-config.ts";
import { resolveCredentialSpec } from "../src/credentials/credential-spec.ts";
import { mergeImageConfig } from "../src/process/merge-image-config.ts";
import { createSpec } from "../src/spec/create-spec.ts";
import { readDockerWords } from "./docker-words.ts";

export interface RecordedScenario {
  readonly name: string;
  readonly steps: readonly { readonly docker: readonly string[]; readonly exitCode: number; readonly stderr: string }[];
  readonly specs: readonly RuntimeSpec[];
}

interface Recording {
  readonly processors: number;
  readonly images: Readonly<Record<string, ImageRunConfig>>;
  readonly scenarios: readonly RecordedScenario[];
}

const recording = JSON.parse(readFileSync(new URL("./fixtures/dockerd-scenarios.json", import.meta.url), "utf8")) as Recording;

export const { scenarios } = recording;

const containerId = "c0ffee12".repeat(8);

/** The GUID that stands for `<guidN>`. */
const guid = (number: string) => `00000000-0000-4000-8000-${number.padStart(12, "0")}`;

/** `<idN>` and `<guidN>` of the recording as real ids, so that the builder has something to check. */
export function withRealIds<T>(recorded: T): T {
  const text = JSON.stringify(recorded)
    .replaceAll("<id2>:12", containerId.slice(0, 12))
    .replaceAll("<id2>", containerId)
    .replace(/<id(\d+)>/g, (_, number: string) => number.padStart(64, "0"))
    .replace(/<guid(\d+)>/g, (_, number: string) => guid(number));
  return JSON.parse(text) as T;
}

/**
 * The spec that this package makes where dockerd made the scenario's `index`th one. What dockerd looked up on its host is taken
 * from its spec: layer folders, volume, endpoints; all else comes from the command line and the image.
 */
export async function ourSpec(scenario: RecordedScenario, index: number): Promise<{ ours: RuntimeSpec; dockerds: RuntimeSpec }> {
  const dockerds = withRealIds(scenario.specs[index] as RuntimeSpec);
  const words = scenario.steps[0]?.docker.map((word) => withRealIds(word)) ?? [];
  const { config, hostConfig, mounts } = readDockerWords(words.map(guidOfDevice));
  const network = dockerds.windows?.network;
  const endpoints =
    hostConfig.NetworkMode === "none"
      ? []
      : (network?.endpointList ?? []).map((endpointId) => ({ network: "nat", endpointId, allowUnqualifiedDns: true }));
  validateHostConfig(hostConfig, { defaultIsolation: "process", processors: recording.processors });
  const credentialSpec = await resolveCredentialSpec(containerId, hostConfig.SecurityOpt, {});
  const { spec } = createSpec({
    id: containerId,
    config: mergeImageConfig(config, recording.images[config.Image]),
    hostConfig,
    os: "windows",
    defaultIsolation: "process",
    processors: recording.processors,
    layerFolders: dockerds.windows?.layerFolders ?? [],
    ...(dockerds.root?.path ? { volumePath: dockerds.root.path } : {}),
    mounts,
    network: { endpoints },
    hasBeenStartedBefore: index > 0,
    credentialSpec,
  });
  return { ours: spec, dockerds };
}

/** The recording replaced the class GUID of the device in the spec, but not in the command line. */
function guidOfDevice(word: string): string {
  return word === "class/{5B45201D-F2F2-4F3B-85BB-30FF1F953599}" ? `class/{${guid("8")}}` : word;
}

/** `path: dockerd's value -> our value` for each leaf that differs, sorted. */
export function differences(dockerds: unknown, ours: unknown): string[] {
  const one = leaves(dockerds);
  const other = leaves(ours);
  const paths = [...new Set([...one.keys(), ...other.keys()])].sort();
  return paths
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => `${path}: ${one.get(path) ?? "absent"} -> ${other.get(path) ?? "absent"}`);
}

function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === "" ? key : `${path}.${key}`, found);
  } else {
    found.set(path, JSON.stringify(value));
  }
  return found;
}
