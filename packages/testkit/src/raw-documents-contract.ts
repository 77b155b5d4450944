import { HCS, HcsNotification, type HcsSystem, hresultFromWin32, type RawHcs, WIN32 } from "@oriel/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accepted, ComputeSession, type RawComputeFixture, stdio } from "./compute-session.ts";
import type { ComputeContractOptions } from "./raw-hcs-contract.ts";

const pathNotFound = hresultFromWin32(WIN32.PATH_NOT_FOUND);
const invalidParameter = hresultFromWin32(WIN32.INVALID_PARAMETER);
const notSupported = hresultFromWin32(WIN32.NOT_SUPPORTED);
const invalidHandle = hresultFromWin32(WIN32.INVALID_HANDLE);
const endpointNotFound = 0x803b0002;
const noFolder = "C:\\no\\such\\folder";

type Changes = Readonly<Record<string, unknown>>;

const refusedContainers: readonly (readonly [what: string, hresult: number, changes: Changes])[] = [
  ["another kind of system", HCS.INVALID_JSON, { SystemType: "Toaster" }],
  ["no kind of system", HCS.INVALID_JSON, { SystemType: undefined }],
  ...["SystemType", "Name", "Owner", "VolumePath", "LayerFolderPath", "HostName", "ContainerType", "NetworkSharedContainerName"].map(
    (key) => [`${key} that is no string`, HCS.INVALID_JSON, { [key]: 7 }] as const,
  ),
  ...["HvPartition", "TerminateOnLastHandleClosed"].map((key) => [`${key} that is no truth`, HCS.INVALID_JSON, { [key]: "true" }] as const),
  ...["MemoryMaximumInMB", "ProcessorCount", "ProcessorMaximum", "ProcessorWeight"].flatMap((key) => [
    [`${key} that is no number`, HCS.INVALID_JSON, { [key]: "1" }] as const,
    [`${key} below 0`, invalidParameter, { [key]: -1 }] as const,
  ]),
  ["a processor maximum above the whole", invalidParameter, { ProcessorMaximum: 10_001 }],
  ["a processor weight above the highest", invalidParameter, { ProcessorWeight: 10_001 }],
  ["layers that are no list", HCS.INVALID_JSON, { Layers: {} }],
  ["a layer that is no object", HCS.INVALID_JSON, { Layers: ["base"] }],
  ["a layer whose path is no string", HCS.INVALID_JSON, { Layers: [{ ID: "base", Path: 7 }] }],
  ["no layers", HCS.INVALID_LAYER, { Layers: null }],
  ["a layer that does not exist", HCS.INVALID_LAYER, { Layers: [{ ID: "base", Path: noFolder }] }],
  ["a scratch that does not exist", HCS.INVALID_LAYER, { LayerFolderPath: noFolder }],
  ["endpoints that are no list", HCS.INVALID_JSON, { EndpointList: "all" }],
  ["an endpoint that is no string", HCS.INVALID_JSON, { EndpointList: [7] }],
  ["an endpoint that does not exist", endpointNotFound, { EndpointList: ["6f72696c-0000-0000-0000-000000000000"] }],
  ["mapped directories that are no list", HCS.INVALID_JSON, { MappedDirectories: {} }],
  ["a mapped directory without a place in the container", HCS.INVALID_JSON, { MappedDirectories: [{ HostPath: noFolder }] }],
];

const refusedProcesses: readonly (readonly [what: string, hresult: number, changes: Changes])[] = [
  ["no command line", invalidParameter, { CommandLine: "" }],
  ["a command line that is no string", HCS.INVALID_JSON, { CommandLine: ["cmd"] }],
  ["a working directory that is no string", HCS.INVALID_JSON, { WorkingDirectory: 7 }],
  ["an environment that is a list", HCS.INVALID_JSON, { Environment: ["A=1"] }],
  ["a variable that is no string", HCS.INVALID_JSON, { Environment: { A: 1 } }],
  ["a pipe that is no truth", HCS.INVALID_JSON, { CreateStdOutPipe: "yes" }],
  ["a console size that is no list", HCS.INVALID_JSON, { ConsoleSize: { Height: 1, Width: 1 } }],
];

const refusedModifications: readonly (readonly [what: string, hresult: number, document: string])[] = [
  ["what is no JSON", HCS.INVALID_JSON, "{"],
  ["no operation", HCS.INVALID_JSON, "{}"],
  ["an operation that there is not", HCS.INVALID_JSON, '{"Operation":"Sleep"}'],
  ["no handle to close", HCS.INVALID_JSON, '{"Operation":"CloseHandle"}'],
  ["a handle that there is not", HCS.INVALID_JSON, '{"Operation":"CloseHandle","CloseHandle":{"Handle":"StdLog"}}'],
];

const refusedChanges: readonly (readonly [what: string, hresult: number, document: string])[] = [
  ["what is no JSON", HCS.INVALID_JSON, "{"],
  ["a resource that only newer documents have", notSupported, '{"ResourceType":"Memory","RequestType":"Update","Settings":{}}'],
  ["an endpoint without a name", HCS.INVALID_JSON, '{"ResourceType":"Network","RequestType":"Add"}'],
  ["an endpoint that does not exist", endpointNotFound, '{"ResourceType":"Network","RequestType":"Add","Settings":"0"}'],
  ["an unknown request", HCS.INVALID_JSON, '{"ResourceType":"Network","RequestType":"Paint","Settings":"0"}'],
];

const refusedSignals = ["{", "{}", '{"Signal":"Wave"}', '{"Signal":["CtrlC"]}'];

/**
 * What every provider that reads whole documents refuses alike: the emulator, a test DLL, and Windows itself. A refusal leaves
 * no trace, so that one fixture, with a running system, is enough.
 */
export function rawDocumentsContract(name: string, factory: () => Promise<RawComputeFixture>, options: ComputeContractOptions = {}): void {
  const title = `documents of the raw compute interface: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: RawComputeFixture;
    let raw: RawHcs["compute"];
    let session: ComputeSession;
    let running: HcsSystem;
    let spare: Awaited<ReturnType<RawComputeFixture["prepare"]>>;

    beforeAll(async () => {
      fixture = await factory();
      raw = fixture.raw.compute;
      session = new ComputeSession(fixture);
      running = (await session.started()).system;
      spare = await fixture.prepare();
    });

    afterAll(async () => {
      await session.end();
      await fixture.dispose();
    });

    async function refuses({ id, document }: typeof spare, hresult: number, changes: Changes) {
      const answer = await raw.HcsCreateComputeSystem(id, JSON.stringify({ ...document, ...changes }), 0n);
      expect(answer).toMatchObject({ hresult, system: 0n });
      expect((await raw.HcsOpenComputeSystem(id)).hresult).toBe(HCS.SYSTEM_NOT_FOUND);
    }

    it.each(refusedContainers)("refuses a container with %s", (_what, hresult, changes) => refuses(spare, hresult, changes));

    it.each(["", "\\\\?\\Volume{00000000-0000-0000-0000-000000000000}"])(
      "refuses the volume %j, which no prepared layer has",
      (VolumePath) => refuses(spare, pathNotFound, { VolumePath }),
    );

    it("refuses a mapped directory that does not exist", async () => {
      const HostPath = `${spare.document.LayerFolderPath}-absent`;
      await refuses(spare, pathNotFound, { MappedDirectories: [{ HostPath, ContainerPath: "C:\\data" }] });
    });

    it.each(["", "a/b", "a\\b", "..", "."])("refuses %j as the id of a compute system", async (id) => {
      expect(await raw.HcsCreateComputeSystem(id, JSON.stringify(spare.document), 0n)).toMatchObject({
        hresult: invalidParameter,
        system: 0n,
      });
    });

    it("takes what it does not know, and words in any case", async () => {
      const { id, document } = await fixture.prepare();
      const more = { SystemType: "container", Flavour: { Strength: 7 }, Servicing: false, DNSSearchList: "corp", StorageSandboxSize: 1 };
      await session.created(Promise.resolve({ id, document: { ...document, ...more } }));
    });

    it("derives a GUID from the id of a system, whatever its case", async () => {
      const { document } = await fixture.prepare();
      // A pair that a public listing of a Windows host shows, but for the case of letters.
      const { system } = await session.created(Promise.resolve({ id: "cowork-VM-929216C6", document }));
      const { RuntimeId } = await session.properties<{ readonly State: string; readonly RuntimeId: string }>(system);
      expect(RuntimeId.toLowerCase()).toBe("d2b9750a-3588-5ff4-a2bc-7c0f86a95eb4");
    });

    it("finds systems by kind and name too", async () => {
      const { id } = await session.created();
      const found = async (query: object) => {
        const { computeSystems } = await raw.HcsEnumerateComputeSystems(JSON.stringify({ Ids: [id], ...query }));
        return (JSON.parse(computeSystems ?? "") as { Id: string }[]).length;
      };
      expect([await found({ Types: ["Container"] }), await found({ Types: ["VirtualMachine"] })]).toEqual([1, 0]);
      expect([await found({ Names: [id] }), await found({ Names: ["another"] }), await found({ Names: [] })]).toEqual([1, 0, 0]);
    });

    it("can use an id again that a refusal was about", async () => {
      const prepared = await fixture.prepare();
      await refuses(prepared, HCS.INVALID_LAYER, { Layers: [] });
      await session.created(Promise.resolve(prepared));
    });

    it("says in the answer to a refusal what was wrong", async () => {
      const { id, document } = spare;
      const changes = { Layers: [{ ID: "base", Path: noFolder }] };
      const { result } = await raw.HcsCreateComputeSystem(id, JSON.stringify({ ...document, ...changes }), 0n);
      const { Error: error, ErrorMessage } = JSON.parse(result ?? "") as { Error: number; ErrorMessage: string };
      expect(error >>> 0).toBe(HCS.INVALID_LAYER);
      expect(ErrorMessage).toContain(noFolder);
    });

    it.each(refusedProcesses)("refuses a process with %s, and gives no pipes", async (_what, hresult, changes) => {
      const document = JSON.stringify({ ...stdio, CommandLine: fixture.commands.printHello, ...changes });
      const { information, ...answer } = await raw.HcsCreateProcess(running, document);
      expect(answer).toMatchObject({ hresult, process: 0n });
      expect([information.stdInput, information.stdOutput, information.stdError]).toEqual([0n, 0n, 0n]);
    });

    it("makes the working directory of a process", async () => {
      const program = await session.run(running, fixture.commands.printHello, { WorkingDirectory: "C:\\oriel-made\\for\\it" });
      expect((await session.finish(program)).out.trimEnd()).toBe("hello");
    });

    it("refuses wrong modifications of a process and wrong signals; it runs on", async () => {
      const program = await session.run(running, fixture.commands.runLong);
      for (const [what, hresult, document] of refusedModifications) {
        expect((await raw.HcsModifyProcess(program.process, document)).hresult, what).toBe(hresult);
      }
      for (const document of refusedSignals) {
        expect((await raw.HcsSignalProcess(program.process, document)).hresult, document).toBe(HCS.INVALID_JSON);
      }
      expect((await session.statusOf(program.process)).Exited).toBe(false);
      await raw.HcsTerminateProcess(program.process);
      await session.finish(program);
    });

    it.each([
      ["HcsShutdownComputeSystem", "GracefulExit"],
      ["HcsTerminateComputeSystem", "ForcedExit"],
    ] as const)("says of a system that %s ended that it had a %s", async (call, ExitType) => {
      const { system, log } = await session.started();
      await raw[call](system, "");
      await log.next(HcsNotification.SystemExited);
      const { properties } = await raw.HcsGetComputeSystemProperties(system, "{}");
      expect(JSON.parse(properties ?? "")).toMatchObject({ State: "Stopped", Stopped: true, ExitType });
    });

    it("refuses wrong modifications of a compute system", async () => {
      const { system } = await session.created();
      for (const [what, hresult, document] of refusedChanges) {
        expect((await raw.HcsModifyComputeSystem(system, document)).hresult, what).toBe(hresult);
      }
    });

    it("refuses queries that are no JSON objects", async () => {
      for (const query of ["{", "[]", "7"]) {
        expect(await raw.HcsGetComputeSystemProperties(running, query)).toMatchObject({ hresult: HCS.INVALID_JSON, properties: null });
        expect(await raw.HcsEnumerateComputeSystems(query)).toMatchObject({ hresult: HCS.INVALID_JSON, computeSystems: null });
      }
    });

    it("saves no container", async () => {
      expect((await raw.HcsSaveComputeSystem(running, "")).hresult).toBe(notSupported);
    });

    it("returns 'invalid handle' to every call with a handle that is none", async () => {
      const system = 0n as Parameters<typeof raw.HcsStartComputeSystem>[0];
      const process = 0n as Parameters<typeof raw.HcsCloseProcess>[0];
      const callback = 0n as Parameters<typeof raw.HcsUnregisterProcessCallback>[0];
      const calls = [
        raw.HcsStartComputeSystem(system, ""),
        raw.HcsShutdownComputeSystem(system, ""),
        raw.HcsTerminateComputeSystem(system, ""),
        raw.HcsPauseComputeSystem(system, ""),
        raw.HcsResumeComputeSystem(system, ""),
        raw.HcsSaveComputeSystem(system, ""),
        raw.HcsGetComputeSystemProperties(system, "{}"),
        raw.HcsModifyComputeSystem(system, "{}"),
        raw.HcsCloseComputeSystem(system),
        raw.HcsRegisterComputeSystemCallback(system, () => undefined, 0n),
        raw.HcsUnregisterComputeSystemCallback(callback),
        raw.HcsCreateProcess(system, "{}"),
        raw.HcsOpenProcess(system, 4),
        raw.HcsTerminateProcess(process),
        raw.HcsSignalProcess(process, "{}"),
        raw.HcsGetProcessInfo(process),
        raw.HcsGetProcessProperties(process),
        raw.HcsModifyProcess(process, "{}"),
        raw.HcsCloseProcess(process),
        raw.HcsRegisterProcessCallback(process, () => undefined, 0n),
        raw.HcsUnregisterProcessCallback(callback),
      ];
      const answers = await Promise.all(calls);
      expect(answers.map(({ hresult }) => hresult)).toEqual(answers.map(() => invalidHandle));
    });

    describe.skipIf(options.skipIsolated !== undefined)("Hyper-V isolation", () => {
      it.each<readonly [string, number, Changes]>([
        ["no utility VM", HCS.INVALID_JSON, { HvRuntime: undefined }],
        ["a utility VM without a path", HCS.INVALID_JSON, { HvRuntime: {} }],
        ["a utility VM that is a path only", HCS.INVALID_JSON, { HvRuntime: "C:\\UtilityVM" }],
        ["a utility VM that does not exist", pathNotFound, { HvRuntime: { ImagePath: noFolder } }],
        ["no layers", HCS.INVALID_LAYER, { Layers: [] }],
      ])("refuses a container with %s", (_what, hresult, changes) =>
        fixture.prepareIsolated().then((prepared) => refuses(prepared, hresult, changes)),
      );

      it("needs no volume", async () => {
        const { system } = await session.started(fixture.prepareIsolated());
        expect(accepted).toContain((await raw.HcsShutdownComputeSystem(system, "")).hresult);
      });
    });
  });
}
