import type { ContainerConfig, HostConfig, ImageRunConfig } from "@oriel/contracts";
import { createSpec, explain, type FieldExplanation, mergeImageConfig, type SpecResult, validateHostConfig } from "@oriel/oci-spec";

/** What is known of the image and the daemon before a container is made. */
export interface SpecFacts {
  readonly image: ImageRunConfig;
  readonly os: "windows" | "linux";
  /** Digests of the image's layers, base first. */
  readonly layers: readonly string[];
  readonly defaultIsolation: "process" | "hyperv";
  readonly processors: number;
}

/** What only exists once there is a container: shown in its place. */
const unknown = {
  id: "0".repeat(64),
  volumePath: "\\\\?\\Volume{00000000-0000-0000-0000-000000000000}\\",
  scratch: "<scratch of the container>",
} as const;

/**
 * The spec that a container of this configuration would run from, and where each field comes from.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function containerSpec(
  config: ContainerConfig,
  hostConfig: HostConfig,
  { image, os, layers, defaultIsolation, processors }: SpecFacts,
): SpecResult & { readonly fields: readonly FieldExplanation[] } {
  const checked = validateHostConfig(hostConfig, { defaultIsolation, processors, os });
  const { spec, warnings } = createSpec({
    id: unknown.id,
    config: mergeImageConfig(config, image, { os }),
    hostConfig,
    os,
    defaultIsolation,
    processors,
    layerFolders: [...layers.map((digest) => `<layer ${digest}>`).reverse(), unknown.scratch],
    volumePath: unknown.volumePath,
    mounts: [],
    network: { endpoints: [] },
    hasBeenStartedBefore: false,
  });
  return { spec, warnings: [...new Set([...checked, ...warnings])], fields: explain(spec, { config, hostConfig, image }) };
}
