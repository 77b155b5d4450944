import { mkdir } from "node:fs/promises";
import { type ImageRecord, InternalError, InvalidArgumentError, isOrielError, LifecycleStack, NotFoundError } from "@oriel/contracts";
import { commandOf, isolationOf, mergeImageConfig, resolveCredentialSpec } from "@oriel/oci-spec";
import type { CreateContainerRequest } from "../engine-api.ts";
import { containerFolder, type EngineContext, updateAndPublish } from "../engine-context.ts";
import { assertImageBuild } from "../images/image-build.ts";
import { checkNetworking, findNetwork } from "../networks/check-networking.ts";
import { networksOf } from "../networks/container-networks.ts";
import { askedMountsOf, assertMountSources, configVolumesOf } from "../volumes/asked-mounts.ts";
import { createVolumesFor } from "../volumes/container-volumes.ts";
import { fillVolumes } from "../volumes/fill-volumes.ts";
import { resolveMounts } from "../volumes/resolve-mounts.ts";
import { checkContainerName, newId, randomContainerName } from "./container-names.ts";
import { checkContainerOptions } from "./container-options.ts";
import { credentialSpecLookups } from "./credential-spec-lookups.ts";
import { assertPlatform, parsePlatform, platformWarnings } from "./platform.ts";

interface Created {
  readonly id: string;
  readonly warnings: readonly string[];
}

/**
 * Makes a container of an image that is here.
 * @throws NotFoundError for a missing image and nothing else: docker pulls the image then
 */
export async function createContainer(context: EngineContext, request: CreateContainerRequest): Promise<Created> {
  const { Image: reference } = request.config;
  if (request.name) context.registry.assertNameFree(checkContainerName(request.name));
  const image = await findImage(context, reference);
  if (request.platform) assertPlatform(image, reference, parsePlatform(request.platform, await context.host.inspect()));
  try {
    return await createFrom(context, request, image);
  } catch (error) {
    if (!isOrielError(error, "NotFound")) throw error;
    throw new InternalError(error.message, {
      op: error.op,
      cause: error,
      resource: error.resource,
      remedy: error.remedy,
    });
  }
}

/**
 * Makes a container: its row first, so that a crash leaves something to clean up by and the image is in use, then its
 * scratch and its folder.
 * Whatever fails takes back what was made before it.
 */
async function createFrom(context: EngineContext, request: CreateContainerRequest, image: ImageRecord): Promise<Created> {
  const { registry, storage, clock, root } = context;
  const { hostConfig } = request;
  const name = request.name ? checkContainerName(request.name) : undefined;
  const host = await context.host.inspect();
  const imageOs = image.config.os;
  if (imageOs !== "windows") {
    throw new InvalidArgumentError(`image ${request.config.Image} is for ${imageOs}; only windows images run here`, {
      op: "container.create",
      resource: image.id,
    });
  }
  const id = newId();
  const merged = mergeImageConfig(request.config, image.config.config);
  const config = { ...merged, Hostname: merged.Hostname || id.slice(0, 12) };
  const isolation = isolationOf(hostConfig, context.defaultIsolation, imageOs);
  assertImageBuild(image, request.config.Image, isolation, host);
  const asked = request.networks ?? {};
  const networks = networksOf({ config, hostConfig, asked }, (ref) => findNetwork(context.networks, ref)?.name ?? ref);
  const options = { config, hostConfig, imageOs, host, defaultIsolation: context.defaultIsolation };
  const warnings = [...host.containerWarnings, ...checkContainerOptions(options)];
  const askedMounts = askedMountsOf(hostConfig);
  const configVolumes = configVolumesOf(config.Volumes, hostConfig.VolumeDriver);
  warnings.push(...checkNetworking(context, { asked: request.config, config, hostConfig, networks, named: Object.keys(asked) }));
  if (!request.platform) warnings.push(...platformWarnings(image, host));
  await assertMountSources(askedMounts);
  await resolveCredentialSpec(id, hostConfig.SecurityOpt, credentialSpecLookups(context));

  const { path, args } = commandOf(config);
  const undo = new LifecycleStack();
  try {
    const { mounts, volumes } = resolveMounts(context, { volumesFrom: hostConfig.VolumesFrom ?? [], askedMounts, configVolumes });
    const container = registry.add({
      id,
      name: name ?? randomContainerName((candidate) => registry.isNameTaken(candidate)),
      createdAt: clock.now(),
      config,
      hostConfig,
      imageId: image.id,
      imageOs,
      chainId: image.chainId,
      path,
      args,
      isolation,
      scratchFolder: "",
      status: "creating",
      exitCode: 0,
      oomKilled: false,
      error: "",
      startedAt: undefined,
      finishedAt: undefined,
      restartCount: 0,
      stoppedByUser: false,
      spec: undefined,
      networks,
      mounts,
    });
    undo.push({ name: "row", release: () => registry.delete(container) });
    await createVolumesFor(context, container, volumes, undo);

    await context.images.ensureLayers(image.id, { signal: context.closing });
    const storageOptions = hostConfig.StorageOpt;
    const scratch = await storage.createScratch({
      id,
      parentChainId: image.chainId,
      storageOptions,
    });
    undo.push({ name: "scratch", release: () => storage.removeScratch(id) });
    await fillVolumes(context, container);
    await mkdir(containerFolder(root, id), { recursive: true, mode: 0o710 });
    updateAndPublish(context, container, { status: "created", scratchFolder: scratch.folder }, "create");
    return { id, warnings };
  } catch (error) {
    // What cannot be taken back keeps no name: at the next start of the daemon storage drops scratches that no row has.
    for (const failure of await undo.close())
      context.logger.warn({ container: id, error: failure }, "a failed create left something behind");
    throw error;
  }
}

async function findImage(context: EngineContext, reference: string): Promise<ImageRecord> {
  try {
    return await context.images.get(reference);
  } catch (error) {
    if (!isOrielError(error, "NotFound")) throw error;
    throw new NotFoundError(`No such image: ${reference}`, { op: "container.create", resource: reference, cause: error });
  }
}
