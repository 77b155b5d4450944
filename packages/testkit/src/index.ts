export type { ContractCommands, RawComputeFixture } from "./compute-session.ts";
export { containerRuntimeContract, type RuntimeContractOptions } from "./container-runtime-contract.ts";
export { answersInput, type ContainerRuntimeFixture, eventLines, expectOrder, type PreparedContainer } from "./container-runtime-trial.ts";
export {
  type FakeContainerProgram,
  type FakeContainerRuntime,
  type FakeContainerRuntimeOptions,
  type FakeProcessContext,
  type FakeRuntimeMethod,
  type FakeSurvivors,
  fakeContainerRuntime,
} from "./fake-container-runtime.ts";
export type { FakeProgram, FakeProgramContext } from "./fake-hcs/fake-programs.ts";
export { createFakeRawHcs, type FakeCall, type FakeRawHcs, type FakeRawHcsOptions, fakeGuid } from "./fake-hcs/fake-raw-hcs.ts";
export type { Fault } from "./fake-hcs/fault-plan.ts";
export { type FakeHns, type FakeHnsFault, fakeHns } from "./fake-hns.ts";
export { type FakeImage, type FakeImageStoreOptions, fakeImageStore } from "./fake-image-store.ts";
export {
  type FakeNetworkBackend,
  type FakeNetworkBackendOptions,
  type FakeNetworkMethod,
  fakeNetworkBackend,
} from "./fake-network-backend.ts";
export { type FakeStorageBackend, type FakeStorageMethod, fakeStorageBackend } from "./fake-storage-backend.ts";
export { freePorts } from "./free-ports.ts";
export { type GuestHostProcess, guestProcesses } from "./guest-processes.ts";
export { type HostInspectorFixture, hostInspectorContract } from "./host-inspector-contract.ts";
export { type HostPluginOptions, hostPlugin } from "./host-plugin.ts";
export {
  type BuiltImage,
  type BuiltImageArchive,
  type ImageArchiveCompression,
  type ImageArchiveImage,
  type ImageArchiveOptions,
  imageArchive,
  inPieces,
  sha256Digest,
} from "./image-archive.ts";
export { type CopyHarm, type ImageStoreFixture, imageStoreContract } from "./image-store-contract.ts";
export type { KillRunOptions, KillRunReport } from "./kill-run/kill-run-report.ts";
export { snapshotKillRun } from "./kill-run/snapshot-kill-run.ts";
export type { KillRunSnapshots, OpenSnapshots } from "./kill-run/snapshot-work.ts";
export { storageKillRun } from "./kill-run/storage-kill-run.ts";
export type { KillRunStorage, OpenStorage } from "./kill-run/storage-work.ts";
export { memoryJournal } from "./memory-journal.ts";
export {
  endpointRequest,
  type NetworkBackendContractOptions,
  type NetworkBackendFixture,
  networkBackendContract,
} from "./network-backend-contract.ts";
export { PowerDisk, type PowerLoss } from "./power/power-disk.ts";
export { powerLack } from "./power/power-lack.ts";
export { rawDocumentsContract } from "./raw-documents-contract.ts";
export { type RawFilesFixture, rawFilesContract } from "./raw-files-contract.ts";
export { type ComputeContractOptions, type ContractOptions, rawComputeContract } from "./raw-hcs-contract.ts";
export { type LayersContractOptions, type RawLayersFixture, rawLayersContract } from "./raw-layers-contract.ts";
export { type NetworkContractOptions, type RawNetworkFixture, rawNetworkContract } from "./raw-network-contract.ts";
export { type RecordedImage, recordedImagePath, recordedImages } from "./recorded-images.ts";
export { type RuntimeEndpoints, runtimeEndpoints } from "./runtime-endpoints.ts";
export { type LayerCallScript, ScriptedLayerCalls } from "./scripted-layer-calls.ts";
export { type SnapshotterContractOptions, type SnapshotterFixture, snapshotterContract } from "./snapshotter-contract.ts";
export {
  type StorageContractOptions,
  storageBackendContract,
  testChainId,
} from "./storage-backend-contract.ts";
export type { StorageBackendFixture } from "./storage-backend-fixture.ts";
export { type TarEntry, tarFile, windowsLayerTar } from "./tar-file.ts";
export { makeScratch, makeWineBaseLayer, mountScratch, wineCommands, wineProgramFolder } from "./wine-base-layer.ts";
