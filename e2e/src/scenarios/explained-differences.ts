import type { Aspect } from "./difference.ts";
import type { ProgramVersions } from "./program-versions.ts";
import type { ScenarioHostName } from "./scenario-host.ts";

/**
 * Differences from the recorded dockerd that have a reason. docs/compatibility.md shows this table (`pnpm generate`), and a test
 * compares it with what is found: nothing may differ without an entry, and no entry may stand for nothing.
 */
export interface ExplainedDifference {
  /** Option or behaviour that differs, as a reader of docs/compatibility.md looks for it. */
  readonly behaviour: string;
  /** Where the daemon runs: in a Windows Node.js on the test vmcompute.dll, or on the emulated host; absent: on both. */
  readonly host?: ScenarioHostName | undefined;
  /** The storage backend that it is found with; absent: with each. */
  readonly storage?: "windowsfilter" | "snapshotter";
  /** The versions of a program that it is found with, whole numbers: from `since` on, and below `before`; absent: with each. */
  readonly with?: { readonly program: keyof ProgramVersions; readonly since?: number; readonly before?: number };
  /** Names of scenarios, for the comparison; the page does not show them. */
  readonly scenarios: readonly string[] | "all";
  readonly aspect: Aspect;
  /** As `Difference.where` says it; absent: all that differs in this aspect in these scenarios. */
  readonly where?: readonly string[];
  /** What each of them has there; absent: anything. Of Oriel's calls it may be said that they are `fewer`. */
  readonly dockerd?: string;
  readonly oriel?: string;
  /** Found in some runs only, as it depends on who is quicker. */
  readonly sometimes?: true;
  readonly reason: string;
}

const withoutEffect = [
  "r-tmpfs",
  "r-cap-drop",
  "r-gpus",
  "r-init",
  "r-pid",
  "r-userns",
  "r-group-add",
  "r-oom-score",
  "r-shm-size",
  "r-cpu-quota",
  "r-device-cgroup",
];
const withNetworks = ["n-settings", "n-ip", "n-connect", "n-connect-created"];
const withFolderRoots = [
  ...withoutEffect,
  "v-anonymous",
  "v-volumes-from",
  "v-prune",
  ...withNetworks,
  "n-port-all",
  "n-port-conflict",
  "n-link",
  "e-events",
  "r-no-healthcheck",
  "r-user-bad",
];
const refusedAtCreate = ["credspec-missing-file", "credspec-no-scheme", "security-unknown", "device-bad"];

/** What a scratch takes, from its creation to its end. */
const callsOfScratch = [
  "CreateSandboxLayer",
  "ExpandSandboxSize",
  "ActivateLayer",
  "PrepareLayer",
  "UnprepareLayer",
  "DeactivateLayer",
  "DestroyLayer",
];
/** What a container's run takes, however it ends. */
const callsOfRun = [
  "HcsCreateComputeSystem",
  "HcsStartComputeSystem",
  "HcsGetComputeSystemProperties",
  "HcsShutdownComputeSystem",
  "HcsTerminateComputeSystem",
  "HcsCloseComputeSystem",
  "HcsRegisterComputeSystemCallback",
  "HcsUnregisterComputeSystemCallback",
  "HcsCreateProcess",
  "HcsGetProcessProperties",
  "HcsCloseProcess",
  "HcsRegisterProcessCallback",
  "HcsUnregisterProcessCallback",
];

export const explainedDifferences: readonly ExplainedDifference[] = [
  {
    behaviour: "owner of compute systems",
    scenarios: "all",
    aspect: "documents",
    where: ["HcsCreateComputeSystem.Owner"],
    dockerd: '"docker"',
    oriel: '"oriel"',
    reason: "The owner says whose a compute system is: each of the two leaves the other's alone.",
  },
  {
    behaviour: "endpoints of containers",
    scenarios: "all",
    aspect: "documents",
    where: ["HNSCall POST /endpoints/.Name"],
    dockerd: "absent",
    reason: "An endpoint has the name under which it is recorded before it is made: what a crash left is found by it.",
  },
  {
    behaviour: "endpoints of containers",
    scenarios: "all",
    aspect: "calls",
    where: ["HNSCall GET /endpoints/ID", "HNSCall GET /endpoints/"],
    oriel: "fewer",
    reason: "Several parts of dockerd ask for the same endpoint. Oriel keeps what the network service returned when it made it.",
  },
  {
    behaviour: "`docker network create`",
    scenarios: withNetworks,
    aspect: "calls",
    where: ["HNSCall GET /networks/ID"],
    oriel: "absent",
    reason: "The network service has returned the whole network when it made it.",
  },
  {
    behaviour: "`docker network inspect`",
    with: { program: "docker", since: 28 },
    scenarios: ["n-default"],
    aspect: "output",
    where: ["docker network: stdout"],
    reason: "The client's: from version 28 on it shows a network's `EnableIPv4`, and takes it to be true where a daemon does not say it.",
  },
  {
    behaviour: "`-p` with an address of the host",
    host: "emulated",
    scenarios: ["n-port"],
    aspect: "exit codes",
    where: ["docker run"],
    dockerd: "125",
    oriel: "0",
    reason: "The emulated host serves a port at one address of the host, too. Windows cannot: there it is refused in dockerd's words.",
  },
  {
    behaviour: "`-p` with an address of the host",
    host: "emulated",
    scenarios: ["n-port"],
    aspect: "output",
    where: ["docker run: stderr", "docker port: stdout", "docker inspect: stdout", "docker ps: stdout"],
    reason: "As above: the container runs, with its ports.",
  },
  {
    behaviour: "`-p` of a port that another container publishes",
    scenarios: ["n-port-conflict"],
    aspect: "exit codes",
    where: ["docker run"],
    dockerd: "0",
    oriel: "125",
    reason: "The network service of the recording gave a port to two containers. Oriel knows which ports it gave, and says who has one.",
  },
  {
    behaviour: "`-p` of a port that another container publishes",
    scenarios: ["n-port-conflict"],
    aspect: "output",
    where: ["docker run: stderr", "docker ps: stdout"],
    reason: "As above: the second container was created, and does not start.",
  },
  {
    behaviour: "`-p` of a port that another container publishes",
    scenarios: ["n-port-conflict"],
    aspect: "documents",
    where: ["HNSCall POST /endpoints/", "HcsCreateComputeSystem", "HcsCreateProcess"],
    dockerd: "a document",
    oriel: "absent",
    reason: "As above: nothing is made for the second container.",
  },
  {
    behaviour: "`-p` of a port that another container publishes",
    scenarios: ["n-port-conflict"],
    aspect: "calls",
    where: ["HNSCall POST /endpoints/", "HNSCall DELETE /endpoints/ID", ...callsOfRun],
    oriel: "fewer",
    reason: "As above: nothing is made for the second container.",
  },
  {
    behaviour: "`--ip` that no subnet of the network has",
    scenarios: ["n-ip"],
    aspect: "exit codes",
    where: ["docker run"],
    dockerd: "0",
    oriel: "125",
    reason: "The network service of the recording took any address. Oriel compares it with the network's subnets.",
  },
  {
    behaviour: "`--ip` that no subnet of the network has",
    scenarios: ["n-ip"],
    aspect: "output",
    where: ["docker run: stdout", "docker run: stderr"],
    reason: "As above: the error in place of the program's output.",
  },
  {
    behaviour: "`--ip` that no subnet of the network has",
    scenarios: ["n-ip"],
    aspect: "documents",
    where: ["HNSCall POST /endpoints/", "HcsCreateComputeSystem", "HcsCreateProcess"],
    dockerd: "a document",
    oriel: "absent",
    reason: "As above: nothing is made for that container.",
  },
  {
    behaviour: "`--ip` that no subnet of the network has",
    scenarios: ["n-ip"],
    aspect: "calls",
    where: ["HNSCall POST /endpoints/", "HNSCall DELETE /endpoints/ID", ...callsOfScratch, ...callsOfRun],
    oriel: "fewer",
    reason: "As above: nothing is made for that container.",
  },
  {
    behaviour: "`docker network connect` of a container that runs",
    scenarios: ["n-connect"],
    aspect: "calls",
    where: [
      "HcsOpenComputeSystem",
      "HcsGetComputeSystemProperties",
      "HcsCloseComputeSystem",
      "HcsRegisterComputeSystemCallback",
      "HcsUnregisterComputeSystemCallback",
    ],
    oriel: "fewer",
    reason: "dockerd opens the compute system another time to give it an endpoint. Oriel uses the handle that it has.",
  },
  {
    behaviour: "`docker network disconnect` of a container that runs",
    scenarios: ["n-connect"],
    aspect: "calls",
    where: ["HcsModifyComputeSystem"],
    dockerd: "1",
    oriel: "2",
    reason: "Oriel takes the endpoint out of the compute system before it removes it; dockerd removes it only.",
  },
  {
    behaviour: "`docker network disconnect` of a container that runs",
    scenarios: ["n-connect"],
    aspect: "documents",
    where: ["HcsModifyComputeSystem"],
    dockerd: "absent",
    reason: "As above.",
  },
  {
    behaviour: "`--network` of a network that does not exist",
    scenarios: ["n-host"],
    aspect: "calls",
    where: ["ActivateLayer", "PrepareLayer", "UnprepareLayer", "DeactivateLayer"],
    oriel: "absent",
    reason: "Oriel looks for the network before it mounts the container's root.",
  },
  {
    behaviour: "`--link`: environment",
    scenarios: ["n-link"],
    aspect: "exit codes",
    where: ["docker run"],
    dockerd: "1",
    oriel: "0",
    reason: "The container gets the variables of its links that dockerd gives to containers of Linux; dockerd for Windows gives none.",
  },
  {
    behaviour: "`--link`: environment",
    scenarios: ["n-link"],
    aspect: "output",
    where: ["docker run: stdout", "docker run: stderr"],
    reason: "As above: the program finds variables.",
  },
  {
    behaviour: "`--link`: environment",
    scenarios: ["n-link"],
    aspect: "documents",
    where: ["HcsCreateProcess.Environment.DB_ENV_FOO", "HcsCreateProcess.Environment.DB_NAME"],
    dockerd: "absent",
    reason: "As above.",
  },
  {
    behaviour: "GUIDs of layers",
    scenarios: "all",
    aspect: "calls",
    where: ["NameToGuid"],
    oriel: "fewer",
    reason: "The GUID of a layer follows from its name and never changes: Oriel's storage asks for it once.",
  },
  {
    behaviour: "mount paths of layers",
    scenarios: "all",
    aspect: "calls",
    where: ["GetLayerMountPath"],
    oriel: "fewer",
    reason: "Before it makes a scratch, dockerd looks whether the image's layer has files. Oriel made that layer and knows.",
  },
  {
    behaviour: "what a former run left",
    scenarios: "all",
    aspect: "calls",
    where: ["HcsOpenComputeSystem answered with 0xc037010e"],
    oriel: "absent",
    reason: "dockerd looks for what a former run left before each start. Oriel does so once, when it starts, by its journal.",
  },
  {
    behaviour: "scratches in use",
    scenarios: "all",
    aspect: "calls",
    where: ["HcsEnumerateComputeSystems"],
    oriel: "absent",
    reason: "dockerd looks through all compute systems for one that uses the scratch before it deletes it. Oriel knows its own.",
  },
  {
    behaviour: "input of a program that ends at once",
    scenarios: "all",
    aspect: "calls",
    where: ["HcsModifyProcess answered with 0x80070490"],
    dockerd: "absent",
    sometimes: true,
    reason: "A process that ends at once has ended before it can be told that it gets no input. In the recording none was so quick.",
  },
  {
    behaviour: "input of a program that ends at once",
    scenarios: "all",
    aspect: "calls",
    where: ["HcsModifyProcess"],
    oriel: "fewer",
    sometimes: true,
    reason: "As above; and a process whose end is known already is not told at all.",
  },
  {
    behaviour: "input of a program that ends at once",
    scenarios: "all",
    aspect: "documents",
    where: ["HcsModifyProcess"],
    oriel: "absent",
    sometimes: true,
    reason: "As above: a process whose end is known already is not told that it gets no input.",
  },
  {
    behaviour: "`docker exec` without `-w`",
    scenarios: ["exec"],
    aspect: "documents",
    where: ["HcsCreateProcess.WorkingDirectory"],
    dockerd: '"/"',
    oriel: '"C:\\\\"',
    reason: "A further process without a working directory gets that of the container's first one.",
  },
  {
    behaviour: "`-v` and `--mount`: folders of the host",
    host: "emulated",
    scenarios: ["v-bind-inspect", "v-bad-targets"],
    aspect: "output",
    where: ["docker inspect: stdout", "docker ps: stdout", "docker run: stderr"],
    reason: "Folders of the emulated host have its paths, and stay as they are written.",
  },
  {
    behaviour: "refusals of volumes",
    scenarios: ["v-bad-targets", "v-volumes-from"],
    aspect: "calls",
    where: ["CreateSandboxLayer", "ExpandSandboxSize", "DestroyLayer"],
    reason: "What is wrong with the options is seen before anything is made.",
  },
  {
    behaviour: "volumes of a creation that is refused",
    scenarios: ["v-bad-targets"],
    aspect: "output",
    where: ["docker volume: stdout", "docker volume: stderr"],
    reason: "dockerd leaves the volumes that it made before it refused the rest. Oriel reads all of the options first.",
  },
  {
    behaviour: "refusals of `--security-opt` and `--device`",
    scenarios: refusedAtCreate,
    aspect: "calls",
    where: [...callsOfScratch, "HNSCall POST /endpoints/", "HNSCall DELETE /endpoints/ID"],
    oriel: "absent",
    reason: "What is wrong with the options is seen before anything is made.",
  },
  {
    behaviour: "refusals of `--security-opt` and `--device`",
    scenarios: refusedAtCreate,
    aspect: "documents",
    where: ["HNSCall POST /endpoints/"],
    dockerd: "a document",
    oriel: "absent",
    reason: "As above.",
  },
  {
    behaviour: "`-t`: output of a terminal",
    host: "emulated",
    scenarios: ["tty"],
    aspect: "output",
    where: ["docker run: stdout"],
    reason:
      "A program with a terminal has a console, which draws its screen, as consoles of Windows do; the DLL of the recording gave it a pipe.",
  },
  {
    behaviour: "`--security-opt credentialspec=file://` without such a file",
    host: "emulated",
    scenarios: ["credspec-missing-file"],
    aspect: "output",
    where: ["docker run: stderr"],
    reason: "The daemon's folders have the names that its host gives them: slashes between them, without a drive.",
  },
  {
    behaviour: "`--security-opt` of another kind than `credentialspec`",
    scenarios: ["security-unknown"],
    aspect: "output",
    where: ["docker run: stderr"],
    reason: "The message says, too, what would be right.",
  },
  {
    behaviour: "`docker run` of a program that does not exist",
    scenarios: ["no-such-command"],
    aspect: "output",
    where: ["docker run: stderr"],
    reason:
      "Windows' words for the code, where those of the recording are Wine's; the DLLs name themselves; and the message says what would be right.",
  },
  {
    behaviour: "options of Linux containers that have no effect",
    scenarios: withoutEffect,
    aspect: "output",
    where: ["docker run: stderr"],
    dockerd: '""',
    reason: "What has no effect on Windows containers is taken, as dockerd takes it, and warned of.",
  },
  {
    behaviour: "`-u` with an account that the host cannot serve",
    host: "emulated",
    scenarios: ["user", "r-user-bad", "n-port-all"],
    aspect: "output",
    where: ["docker run: stderr"],
    dockerd: '""',
    reason: "Wine has one user for all programs of a container: others are warned of.",
  },
  {
    behaviour: "`docker exec -u` with an account that the host cannot serve",
    host: "emulated",
    scenarios: ["exec"],
    aspect: "exit codes",
    where: ["docker exec"],
    dockerd: "0",
    reason: "Wine has one user for all programs of a container: others are refused, as the answer to an exec has no place for a warning.",
  },
  {
    behaviour: "`docker exec -u` with an account that the host cannot serve",
    host: "emulated",
    scenarios: ["exec"],
    aspect: "output",
    where: ["docker exec: stdout", "docker exec: stderr"],
    reason: "As above: the error in place of the program's output.",
  },
  {
    behaviour: "`--sysctl` that the docker command line refuses",
    scenarios: ["r-sysctl"],
    aspect: "output",
    where: ["docker run: stderr"],
    sometimes: true,
    reason: "The docker command line refuses this by itself, in words that depend on its version.",
  },
  {
    behaviour: "`docker run --oom-kill-disable`",
    with: { program: "docker", before: 28 },
    scenarios: ["r-kernel-memory"],
    aspect: "output",
    where: ["docker run: stderr"],
    oriel: JSON.stringify(
      "WARNING: Disabling the OOM killer on containers without setting a '-m/--memory' limit may be dangerous.\n" +
        "docker: Error response from daemon: invalid option: Windows does not support OomKillDisable\n",
    ),
    reason:
      "The docker command line warns by itself before it asks the daemon, up to version 27 (seen with 26.1); the recording's is newer.",
  },
  ...[
    { scenario: "n-default", refusal: "nat is a pre-defined network and cannot be removed" },
    { scenario: "n-default", refusal: "none is a pre-defined network and cannot be removed" },
    { scenario: "n-settings", refusal: "error while removing network: network n8 id <id0> has active endpoints" },
  ].map(
    ({ scenario, refusal }): ExplainedDifference => ({
      behaviour: "`docker network rm` of a network that stays",
      with: { program: "docker", before: 28 },
      scenarios: [scenario],
      aspect: "output",
      where: ["docker network: stderr"],
      dockerd: JSON.stringify(`Error response from daemon: ${refusal}\nexit status 1\n`),
      oriel: JSON.stringify(`Error response from daemon: ${refusal}\n`),
      reason:
        "The docker command line adds its exit status after such an error from version 28 on (not seen with 26.1); the recording's is newer.",
    }),
  ),
  ...[
    {
      scenario: "n-port",
      host: "windows" as const,
      refusal: "failed to create endpoint p1 on network nat: Windows does not support host IP addresses in NAT settings",
    },
    { scenario: "n-host", refusal: "network host not found" },
  ].map(
    ({ scenario, host, refusal }): ExplainedDifference => ({
      behaviour: "errors of `docker run`",
      host,
      with: { program: "docker", before: 28 },
      scenarios: [scenario],
      aspect: "output",
      where: ["docker run: stderr"],
      dockerd: JSON.stringify(`docker: Error response from daemon: ${refusal}\n`),
      oriel: JSON.stringify(`docker: Error response from daemon: ${refusal}.\n`),
      reason: "The docker command line ends such an error with a full stop up to version 27 (seen with 26.1); the recording's is newer.",
    }),
  ),
  {
    behaviour: "`more`",
    with: { program: "wine", since: 10 },
    scenarios: ["stdin"],
    aspect: "output",
    where: ["docker run: stdout"],
    dockerd: JSON.stringify("line one\nline two\n"),
    oriel: JSON.stringify("line one\nline two\n\r\n"),
    reason: "The program's, not the daemon's: `more` of Wine 10 ends its output with an empty line; that of Wine 8 does not.",
  },
  {
    behaviour: "`docker events --since` with `--until`",
    scenarios: ["e-events"],
    aspect: "output",
    where: ["docker events: stdout"],
    dockerd: '""',
    reason: "The recorded daemon showed no past event; Oriel keeps them, and shows those of the time that was asked for.",
  },
  {
    behaviour: "`docker images`",
    scenarios: ["i-ls"],
    aspect: "output",
    where: ["docker images: stdout"],
    dockerd: JSON.stringify("<none>:<none>\n<none>:<none>\nescaped:latest\nentry:latest\nwintest:latest\n"),
    reason: "The two images without a name were left by builds that were recorded before; the others have one date, and so no order.",
  },
  {
    behaviour: "`docker images`",
    scenarios: ["i-ls"],
    aspect: "output",
    where: ["docker images: stdout"],
    dockerd: JSON.stringify("10a53cc7d651\nea3ff874f7fb\n"),
    oriel: '""',
    reason: "The two images without a name were left by builds that were recorded before.",
  },
  {
    behaviour: "`docker images`",
    scenarios: ["i-ls"],
    aspect: "output",
    where: ["docker images: stdout"],
    dockerd: JSON.stringify("<none>\n".repeat(5)),
    oriel: JSON.stringify("<none>\n".repeat(3)),
    reason: "As above: two images fewer.",
  },
  {
    behaviour: "`docker images`",
    host: "emulated",
    scenarios: ["i-ls"],
    aspect: "output",
    where: ["docker images: stdout"],
    dockerd: JSON.stringify("aa1559378240\n"),
    reason: "The recording's images stand on oriel/nano there, so that their ids are others.",
  },
  {
    behaviour: "root of a container",
    scenarios: withFolderRoots,
    aspect: "documents",
    where: ["HcsCreateComputeSystem.VolumePath"],
    reason: "The DLL of the second recording answered with a folder where a container's volume is asked for.",
  },
  {
    behaviour: "`docker run` of an image that does not exist, or not for the `--platform`",
    scenarios: ["no-such-image", "r-platform-linux"],
    aspect: "output",
    where: ["docker run: stderr"],
    reason: "This version cannot pull yet; dockerd could not either, without a network. The exit code is the same.",
  },
  {
    behaviour: "folders of layers",
    storage: "snapshotter",
    scenarios: "all",
    aspect: "documents",
    where: [
      "HcsCreateComputeSystem.LayerFolderPath",
      "HcsCreateComputeSystem.Layers[0].Path",
      "HcsCreateComputeSystem.Layers[1].Path",
      "HcsCreateComputeSystem.HvRuntime.ImagePath",
    ],
    reason: "Snapshots lie in folders of random names, as Windows tells layers apart by the last part of their path.",
  },
  {
    behaviour: "scratches",
    storage: "snapshotter",
    scenarios: "all",
    aspect: "calls",
    where: ["CreateSandboxLayer"],
    oriel: "absent",
    reason: "As containerd's snapshotter does, this storage copies the template disk of the base layer for a scratch.",
  },
];

/** Those that can be found with a storage backend and these versions of programs. */
export function explainedWith(storage: string, versions: ProgramVersions): readonly ExplainedDifference[] {
  return explainedDifferences.filter(
    (difference) => (difference.storage === undefined || difference.storage === storage) && isFoundWith(difference.with, versions),
  );
}

function isFoundWith(found: ExplainedDifference["with"], versions: ProgramVersions): boolean {
  if (found === undefined) return true;
  const { program, since = 0, before = Number.POSITIVE_INFINITY } = found;
  return versions[program] >= since && versions[program] < before;
}
