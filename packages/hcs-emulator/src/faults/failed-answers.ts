import { type HcsProcessInformation, noFileFacts, type RawHcs } from "@oriel/contracts";
import { noHandle } from "../handle-table.ts";

/** Functions of a family that answer an HRESULT: only those can fail. */
type FailingCall<Family> = {
  [Name in keyof Family]: Family[Name] extends (...values: never[]) => Promise<{ readonly hresult: number }> ? Name : never;
}[keyof Family];

type AnswerOf<Call> = Call extends (...values: never[]) => Promise<infer Answer> ? Answer : never;

/** What a function that fails answers beside its HRESULT. */
type FailedAnswers<Family> = { readonly [Name in FailingCall<Family>]: Omit<AnswerOf<Family[Name]>, "hresult"> };

type Families = Omit<RawHcs, "provider">;

const noInformation: HcsProcessInformation = {
  processId: 0,
  stdInput: noHandle<"HANDLE(pipe)">(),
  stdOutput: noHandle<"HANDLE(pipe)">(),
  stdError: noHandle<"HANDLE(pipe)">(),
};
const noResult = { result: null };
const noSystem = { ...noResult, system: noHandle<"HCS_SYSTEM">() };
const noProcess = { ...noResult, process: noHandle<"HCS_PROCESS">() };
const noCallback = { ...noResult, callbackHandle: noHandle<"HCS_CALLBACK">() };
const noFile = { file: noHandle<"HANDLE(backup)">() };
const noDisk = { disk: noHandle<"HANDLE(disk)">() };
const none = {};

/** Every export, with its out parameters as a failure leaves them. */
export const failedAnswers: { readonly [Family in keyof Families]: FailedAnswers<Families[Family]> } = {
  compute: {
    HcsEnumerateComputeSystems: { ...noResult, computeSystems: null },
    HcsCreateComputeSystem: noSystem,
    HcsOpenComputeSystem: noSystem,
    HcsCloseComputeSystem: noResult,
    HcsStartComputeSystem: noResult,
    HcsShutdownComputeSystem: noResult,
    HcsTerminateComputeSystem: noResult,
    HcsPauseComputeSystem: noResult,
    HcsResumeComputeSystem: noResult,
    HcsSaveComputeSystem: noResult,
    HcsGetComputeSystemProperties: { ...noResult, properties: null },
    HcsModifyComputeSystem: noResult,
    HcsModifyServiceSettings: noResult,
    HcsGetServiceProperties: { ...noResult, properties: null },
    HcsRegisterComputeSystemCallback: noCallback,
    HcsUnregisterComputeSystemCallback: noResult,
    HcsCreateProcess: { information: noInformation, ...noProcess },
    HcsOpenProcess: noProcess,
    HcsCloseProcess: noResult,
    HcsTerminateProcess: noResult,
    HcsSignalProcess: noResult,
    HcsGetProcessInfo: { ...noResult, information: noInformation },
    HcsGetProcessProperties: { ...noResult, processProperties: null },
    HcsModifyProcess: noResult,
    HcsRegisterProcessCallback: noCallback,
    HcsUnregisterProcessCallback: noResult,
  },
  layers: {
    CreateLayer: none,
    CreateSandboxLayer: none,
    ActivateLayer: none,
    DeactivateLayer: none,
    PrepareLayer: none,
    UnprepareLayer: none,
    DestroyLayer: none,
    GetLayerMountPath: { path: "" },
    ExpandSandboxSize: none,
    ExportLayer: none,
    ImportLayer: none,
    LayerExists: { exists: false },
    NameToGuid: { guid: "" },
    ProcessBaseImage: none,
    ProcessUtilityImage: none,
    GetBaseImages: { images: null },
    GrantVmAccess: none,
  },
  storage: {
    HcsImportLayer: none,
    HcsExportLayer: none,
    HcsDestroyLayer: none,
    HcsSetupBaseOSLayer: none,
    HcsSetupBaseOSVolume: none,
    HcsInitializeWritableLayer: none,
    HcsInitializeLegacyWritableLayer: none,
    HcsExportLegacyWritableLayer: none,
    HcsAttachLayerStorageFilter: none,
    HcsDetachLayerStorageFilter: none,
    HcsAttachOverlayFilter: none,
    HcsDetachOverlayFilter: none,
    HcsFormatWritableLayerVhd: none,
    HcsGetLayerVhdMountPath: { path: "" },
  },
  disk: {
    CreateVirtualDisk: noDisk,
    OpenVirtualDisk: noDisk,
    AttachVirtualDisk: none,
    DetachVirtualDisk: none,
    GetVirtualDiskPhysicalPath: { path: "" },
    ExpandVirtualDisk: none,
    ExtendVolume: none,
    CloseDisk: none,
  },
  network: { HNSCall: { response: null } },
  win32: {
    RtlGetVersion: { version: { major: 0, minor: 0, build: 0, revision: 0 } },
    CloseHandle: none,
    CreateBackupFile: noFile,
    OpenBackupFile: noFile,
    BackupWrite: none,
    SetBasicInfo: none,
    OpenBackupReader: noFile,
    BackupRead: { chunk: new Uint8Array(0) },
    GetFileFacts: { facts: noFileFacts },
    CloseBackupFile: none,
    ReadDirectory: { names: [] },
    CreateHardLink: none,
    RemoveTree: none,
    GetVolumeInformation: { fileSystem: "" },
    RegGetString: { value: "" },
  },
};

/** Names of all exports that faults can be for. */
export const faultyCalls: readonly string[] = Object.values(failedAnswers).flatMap((family) => Object.keys(family));
