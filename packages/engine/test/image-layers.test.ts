import type { ImageRecord, LayerRecord } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { imageSteps } from "../src/images/image-layers.ts";

const layers: readonly LayerRecord[] = [
  { chainId: "base", parentChainId: undefined, folder: "", size: 100 },
  { chainId: "top", parentChainId: "base", folder: "", size: 7 },
];
const storage = { getLayer: async (chainId: string) => layers.find((layer) => layer.chainId === chainId) };

function image(history: ImageRecord["config"]["history"] | undefined): ImageRecord {
  const config = { architecture: "amd64", os: "windows", rootfs: { type: "layers" as const, diff_ids: ["a", "b"] } };
  const rest = { id: "sha256:1", tags: [], digests: [], chainId: "top", size: 107, taggedAt: new Date(0) };
  return { ...rest, config: history === undefined ? config : { ...config, history } };
}

describe("the steps of an image", () => {
  it("come latest first, each with the size of the layer that it added", async () => {
    const history = [
      { created: "2026-01-02T03:04:05Z", created_by: "base" },
      { created: "nonsense", created_by: "ENV A=1", empty_layer: true },
      { created_by: "COPY", comment: "late" },
    ];
    expect(await imageSteps(storage, image(history))).toEqual([
      { created: undefined, createdBy: "COPY", comment: "late", size: 7 },
      { created: undefined, createdBy: "ENV A=1", comment: "", size: 0 },
      { created: new Date("2026-01-02T03:04:05Z"), createdBy: "base", comment: "", size: 100 },
    ]);
  });

  it("are none where the image says none, and have no size where there is no layer", async () => {
    expect(await imageSteps(storage, image(undefined))).toEqual([]);
    const steps = await imageSteps({ getLayer: async () => undefined }, image([{ created_by: "base" }]));
    expect(steps.map(({ size }) => size)).toEqual([0]);
  });
});
