import type { LinuxSpec, MountSpec, ProcessSpec } from "@oriel/contracts";
import { consoleSizeOf } from "../checks/validate-host-config.ts";
import { commandOf } from "../command-line/command.ts";
import { effectiveEnvironment, mergeEnvironment } from "../process/environment.ts";
import { fullHostname } from "../process/hostname.ts";
import { workingDirectory } from "../process/working-directory.ts";
import type { SpecInput } from "./spec-input.ts";

// What Docker lets a container's root do unless told otherwise: https://docs.docker.com/engine/security/#linux-kernel-capabilities
const capabilities = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

const namespaces = ["mount", "network", "uts", "pid", "ipc"];
const maskedPaths = [
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/sched_debug",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/firmware",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const kernelMounts: readonly MountSpec[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
];

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where the utility VM puts the container's files, relative to its bundle. */
export const linuxRoot = { path: "rootfs" };

/** The process of a Linux container. Its command is a list: `ArgsEscaped` means nothing there. */
export function linuxProcess(input: SpecInput): ProcessSpec {
  const { config, hostConfig } = input;
  const { path, args } = commandOf(config);
  const ambient = [defaultPath, `HOSTNAME=${fullHostname(input.id, config)}`, ...(config.Tty === true ? ["TERM=xterm"] : [])];
  const caseSensitive = { caseSensitive: true };
  const own = mergeEnvironment(config.Env ?? [], input.linkedEnv ?? [], caseSensitive);
  return {
    ...(config.Tty === true ? { terminal: true, consoleSize: consoleSizeOf(hostConfig) } : {}),
    user: { uid: 0, gid: 0, ...(config.User ? { username: config.User } : {}) },
    args: [path, ...args],
    env: effectiveEnvironment(mergeEnvironment(own, ambient, caseSensitive)),
    cwd: workingDirectory(config.WorkingDir, "linux"),
    capabilities: { bounding: [...capabilities], effective: [...capabilities], permitted: [...capabilities] },
  };
}

/**
 * The kernel's file systems, then the container's mounts as binds. One of the latter replaces a former at the same place.
 * A runtime shares each folder of the host with the utility VM below `uvmpath`, and binds it into the container from there.
 */
export function linuxMounts(id: string, mounts: readonly MountSpec[]): MountSpec[] {
  const utilityVmPath = `uvmpath=/tmp/gcs/${id}/binds`;
  const taken = new Set(mounts.map((mount) => mount.destination));
  return [
    ...kernelMounts.filter((mount) => !taken.has(mount.destination)).map((mount) => structuredClone(mount)),
    ...mounts.map((mount) => ({ ...mount, type: "bind", options: ["rbind", ...(mount.options ?? []), utilityVmPath] })),
  ];
}

export function linuxSpec(): LinuxSpec {
  return { namespaces: namespaces.map((type) => ({ type })), maskedPaths: [...maskedPaths], readonlyPaths: [...readonlyPaths] };
}
