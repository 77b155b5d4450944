import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { HcsNotification, type HcsSystem } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNanoImage } from "../src/build-nano-image.ts";
import { findWinePrograms } from "../src/wine-programs.ts";
import { unpackLayer } from "./nano-container.ts";

const wine = await findWinePrograms().catch((error: Error) => error);
const reason = wine instanceof Error ? wine.message : process.getuid?.() === 0 ? undefined : "networks are made by root";
const skipped = reason === undefined ? "" : ` (skipped: ${reason})`;
const info = { flavour: 1, homeDir: "" } as const;

interface Endpoint {
  readonly ID: string;
  readonly IPAddress: string;
  readonly MacAddress: string;
  readonly GatewayAddress: string;
}

describe.skipIf(reason !== undefined)(`programs of the image in a container with an endpoint${skipped}`, () => {
  let folder: string;
  let hcs: EmulatedHcs;
  let system: HcsSystem;
  let endpoint: Endpoint;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-nano-network-"));
    if (reason !== undefined) return;
    const archive = path.join(folder, "nano.tar");
    const base = path.join(folder, "base");
    await mkdir(base);
    await buildNanoImage({ output: archive });
    await unpackLayer(archive, base);
    hcs = createEmulatedHcs({ root: path.join(folder, "engine"), rootfs: "copy" });
    await hcs.start();
    const call = async (method: string, address: string, document: object) =>
      JSON.parse((await hcs.network.HNSCall(method, address, JSON.stringify(document))).response ?? "").Output;
    const network = await call("POST", "/networks/", { Name: "one", Type: "nat" });
    endpoint = await call("POST", "/endpoints/", { VirtualNetwork: network.ID });
    const scratch = path.join(folder, "engine", "scratch");
    const layers = [{ layerId: "base", flags: 0, path: base }];
    await hcs.layers.CreateSandboxLayer(info, scratch, "", layers);
    await hcs.layers.ActivateLayer(info, scratch);
    await hcs.layers.PrepareLayer(info, scratch, layers);
    const { path: volume } = await hcs.layers.GetLayerMountPath(info, scratch);
    const document = { SystemType: "Container", Name: "c", VolumePath: volume, LayerFolderPath: scratch, HostName: "box" };
    const more = { Layers: [{ ID: "base", Path: base }], EndpointList: [endpoint.ID] };
    ({ system } = await hcs.compute.HcsCreateComputeSystem("c", JSON.stringify({ ...document, ...more }), 0n));
    const started = new Promise<number>((resolve) => {
      const callback = (type: number, _context: bigint, status: number): void =>
        void (type === HcsNotification.SystemStartCompleted && resolve(status));
      void hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n).then(() => hcs.compute.HcsStartComputeSystem(system, ""));
    });
    expect(await started).toBe(0);
  });
  afterAll(async () => {
    await hcs?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(commandLine: string): Promise<string> {
    const parameters = { CommandLine: commandLine, WorkingDirectory: "C:\\", CreateStdOutPipe: true };
    const { information } = await hcs.compute.HcsCreateProcess(system, JSON.stringify(parameters));
    return text(hcs.win32.openPipeReader(information.stdOutput));
  }

  it("ipconfig shows one adapter beside the loopback one, with the address, the MAC address and the gateway of the endpoint's document", async () => {
    const shown = await run("ipconfig /all");
    // Wine shows the loopback address as an adapter's too.
    expect(shown.match(/^Ethernet adapter (?!lo\b)/gm)).toHaveLength(1);
    expect(shown).toMatch(new RegExp(`IPv4 address.*: ${endpoint.IPAddress.replaceAll(".", "\\.")}`, "i"));
    expect(shown).toMatch(new RegExp(`Physical address.*: ${endpoint.MacAddress}`, "i"));
    expect(shown).toMatch(new RegExp(`Default gateway.*: ${endpoint.GatewayAddress.replaceAll(".", "\\.")}`, "i"));
  });

  it("ping reaches the container itself, and the gateway", async () => {
    for (const address of ["127.0.0.1", endpoint.IPAddress, endpoint.GatewayAddress]) {
      expect(await run(`ping -n 1 ${address}`)).toContain(`Reply from ${address}`);
    }
  });
});
