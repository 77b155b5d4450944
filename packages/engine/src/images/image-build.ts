import { FailedPreconditionError, type HostFacts, type ImageRecord, type OsVersion } from "@oriel/contracts";

type Isolation = "process" | "hyperv";

/** The first build whose user-mode interface is stable: newer hosts run its processes, and those of builds up to their own. */
const stableInterface = 20348;
/** The first build whose utility VMs can run images that are newer than the host. */
const newerUnderHyperV = 17763;

/**
 * Refuses an image of a Windows build that the isolation cannot run on this host. Without this check the compute service
 * refuses it at the start, with a code and without the builds. An image without `os.version`, or with one that is no
 * version, is accepted, and so is any image where the host's own `imageBuilds` is `any`.
 * @throws FailedPreconditionError naming both builds and the isolation that would do
 */
export function assertImageBuild(image: ImageRecord, reference: string, isolation: Isolation, host: HostFacts): void {
  const version = parseVersion(image.config["os.version"]);
  if (version === undefined || host.imageBuilds === "any" || canRun(version, host.osVersion, isolation)) return;
  const other = isolation === "process" ? "hyperv" : "process";
  const wouldDo = canRun(version, host.osVersion, other)
    ? `run it with --isolation=${other}, or use an image of the host's build`
    : "no isolation runs it on this host: use an image of the host's build";
  throw new FailedPreconditionError(
    `image ${reference} cannot run with ${isolation} isolation: The container operating system does not match the host operating system. (0xc0370101) ` +
      `The image is of Windows build ${textOf(version)}, the host of build ${textOf(host.osVersion)}`,
    {
      op: "container.create",
      resource: image.id,
      remedy:
        host.provider === "emulated"
          ? `${wouldDo}, or let Wine run images of all builds: imageBuilds = "any" in the configuration`
          : wouldDo,
    },
  );
}

/**
 * Process isolation: the same build before Windows Server 2022; from then on any build from Windows Server 2022 up to the
 * host's. Hyper-V isolation: images of the host's build and older ones, on hosts from Windows Server 2019 newer ones too.
 * @see https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility
 */
function canRun(image: OsVersion, host: OsVersion, isolation: Isolation): boolean {
  if (isolation === "hyperv") return image.build <= host.build || host.build >= newerUnderHyperV;
  if (image.major !== host.major || image.minor !== host.minor) return false;
  if (host.build < stableInterface) return image.build === host.build;
  return image.build >= stableInterface && image.build <= host.build;
}

/** `10.0.17763.5696`; the revision may be missing, as it decides nothing. */
function parseVersion(text: string | undefined): OsVersion | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,6})(?:\.(\d+))?$/.exec(text ?? "");
  if (parts === null) return undefined;
  const [major = 0, minor = 0, build = 0, revision = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return { major, minor, build, revision };
}

function textOf({ major, minor, build, revision }: OsVersion): string {
  return `${major}.${minor}.${build}${revision === 0 ? "" : `.${revision}`}`;
}
