/*
 * What a program in a container may ask of the kernel: Docker's default profile for a container without capabilities. What
 * stands in none of these lists is newer than they are, and is refused as an old kernel refuses it: then a C library does it
 * in the older way.
 */

/** Refused although the caller may have the right: what it would do, it would do to the host, or to the kernel's edges. */
const refusedCalls: Readonly<Record<string, string>> = {
  "mounts and roots": `mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr`,
  "name spaces": `unshare setns sethostname setdomainname`,
  "the kernel itself": `init_module finit_module delete_module create_module query_module get_kernel_syms kexec_load
    kexec_file_load reboot bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register lookup_dcookie
    syslog sysfs _sysctl lsm_get_self_attr lsm_set_self_attr lsm_list_modules`,
  "keys, which have no name space": `add_key request_key keyctl`,
  "clocks and machine": `settimeofday clock_settime iopl ioperm swapon swapoff acct quotactl quotactl_fd vhangup nfsservctl`,
  "files by handle, which passes by the root": `open_by_handle_at`,
  "whole file systems, or old": `fanotify_init uselib ustat`,
  "into other processes": `kcmp pidfd_getfd process_madvise`,
  "memory nodes": `get_mempolicy set_mempolicy set_mempolicy_home_node mbind migrate_pages move_pages`,
  "numbers that were never a call": `getpmsg putpmsg afs_syscall tuxcall security vserver`,
};

const allowedCalls: Readonly<Record<string, string>> = {
  "files by name": `access faccessat faccessat2 stat lstat newfstatat statx readlink readlinkat
    rename renameat renameat2 mkdir mkdirat rmdir link linkat unlink unlinkat symlink symlinkat
    chown lchown fchownat utime utimes futimesat utimensat truncate statfs name_to_handle_at getcwd chdir umask
    statmount listmount`,
  "open files": `read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range fstat fstatfs
    ftruncate fallocate fsync fdatasync sync syncfs sync_file_range readahead fadvise64 cachestat fchdir fchown fcntl
    flock pipe pipe2 dup dup2 dup3 getdents getdents64 sendfile splice tee vmsplice copy_file_range memfd_create memfd_secret`,
  "extended attributes": `getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr
    flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat`,
  waiting: `poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait
    epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime inotify_init inotify_init1
    inotify_add_watch inotify_rm_watch fanotify_mark io_setup io_destroy io_getevents io_pgetevents io_submit io_cancel`,
  memory: `mmap mprotect munmap brk mremap msync mincore madvise mlock mlock2 munlock mlockall munlockall remap_file_pages
    pkey_mprotect pkey_alloc pkey_free mseal map_shadow_stack membarrier`,
  "processes and threads": `fork vfork execve execveat exit exit_group wait4 waitid set_tid_address set_robust_list
    get_robust_list futex futex_waitv futex_wake futex_wait futex_requeue rseq getpid getppid gettid getpgid getpgrp setpgid
    getsid setsid pidfd_open pidfd_send_signal process_mrelease prctl arch_prctl modify_ldt set_thread_area get_thread_area
    uretprobe seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self restart_syscall`,
  "other processes of the same user and name space: wineserver reads and writes memory of its programs": `ptrace
    process_vm_readv process_vm_writev`,
  signals: `kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo
    rt_tgsigqueueinfo rt_sigsuspend sigaltstack pause`,
  "scheduling and limits": `sched_yield sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_getattr
    sched_setattr sched_getaffinity sched_setaffinity sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    getpriority setpriority ioprio_get ioprio_set getcpu getrlimit setrlimit prlimit64 getrusage times sysinfo uname`,
  "time, which only a capability lets anyone set": `time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep
    adjtimex clock_adjtime alarm getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete`,
  "users, as far as the kernel's own rules allow": `getuid geteuid getresuid getgid getegid getresgid getgroups setuid setreuid
    setresuid setfsuid setgid setregid setresgid setfsgid setgroups capget capset`,
  sockets: `socketpair connect accept accept4 sendto recvfrom sendmsg sendmmsg recvmsg recvmmsg shutdown bind listen
    getsockname getpeername setsockopt getsockopt`,
  "System V and POSIX messages, of the name space": `shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd
    msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr`,
  randomness: `getrandom`,
};

/** It has its flags in memory, where a filter cannot look; C libraries take clone where it is not there. */
const absentCalls = ["clone3"];

/** Which values of an argument are let through; the kernel looks at the lower 32 bits of each of these, and so do we. */
export type ArgumentRule =
  | {
      readonly argument: number;
      readonly noneOfBits: number;
      readonly otherwise: Errno;
      /** Looked at only if another argument has any of these bits. @default always */
      readonly where?: { readonly argument: number; readonly anyOfBits: number };
    }
  | { readonly argument: number; readonly oneOf: readonly number[]; readonly otherwise: Errno }
  | { readonly argument: number; readonly noneOf: readonly number[]; readonly otherwise: Errno };

export type Errno = "EPERM" | "ENOSYS" | "EAFNOSUPPORT";
export type Verdict = "allow" | Errno | ArgumentRule;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h); CLONE_NEWTIME is no flag of clone. */
const newNamespaces = 0x7e020000;

/**
 * No file that runs with the rights of its owner, or its group: what the container's user makes is root's on the disk, or somebody's
 * whose folder is mapped, and accounts of the host might come to run it. Neither Wine nor Windows has a use for it.
 */
const noSetId = (argument: number) => ({ argument, noneOfBits: 0o6000, otherwise: "EPERM" }) as const;
/** O_CREAT and O_TMPFILE: without them the mode is whatever the register had. */
const makesFile = (argument: number) => ({ argument, anyOfBits: 0x400040 });

const makers: Readonly<Record<string, Verdict>> = {
  open: { ...noSetId(2), where: makesFile(1) },
  openat: { ...noSetId(3), where: makesFile(2) },
  // As of clone3: its mode is in memory.
  openat2: "ENOSYS",
  creat: noSetId(1),
  mknod: noSetId(1),
  mknodat: noSetId(2),
  chmod: noSetId(1),
  fchmod: noSetId(1),
  fchmodat: noSetId(2),
  fchmodat2: noSetId(2),
};

const ruled: Readonly<Record<string, ArgumentRule>> = {
  clone: { argument: 0, noneOfBits: newNamespaces, otherwise: "EPERM" },
  // PER_LINUX, PER_LINUX32, UNAME26 with each, and the question what it is. No READ_IMPLIES_EXEC, no ADDR_NO_RANDOMIZE.
  personality: { argument: 0, oneOf: [0, 0x0008, 0x20000, 0x20008, 0xffffffff], otherwise: "EPERM" },
  // AF_UNIX, INET, INET6, NETLINK, PACKET: others are seldom used doors into the kernel (AF_ALG), or into the host (AF_VSOCK).
  socket: { argument: 0, oneOf: [1, 2, 10, 16, 17], otherwise: "EAFNOSUPPORT" },
  // TIOCSTI and TIOCLINUX put keys and selections into the terminal of who started the container.
  ioctl: { argument: 1, noneOf: [0x5412, 0x541c], otherwise: "EPERM" },
};

export interface SystemCallOptions {
  /** Lets root of a user name space, or who has CAP_SYS_CHROOT, change its root. */
  readonly chroot?: boolean;
  /** Lets programs make files that run with the rights of their owner or group. */
  readonly setId?: boolean;
}

/** What becomes of each call by name. Who is in no list gets ENOSYS. */
export function systemCallVerdicts({ chroot = false, setId = false }: SystemCallOptions = {}): ReadonlyMap<string, Verdict> {
  const every = (lists: Readonly<Record<string, string>>, verdict: Verdict): [string, Verdict][] =>
    Object.values(lists).flatMap((names) =>
      names
        .trim()
        .split(/\s+/)
        .map((name): [string, Verdict] => [name, verdict]),
    );
  return new Map([
    ...every(refusedCalls, "EPERM"),
    ...every(allowedCalls, "allow"),
    ...absentCalls.map((name): [string, Verdict] => [name, "ENOSYS"]),
    ...Object.entries(makers).map(([name, verdict]): [string, Verdict] => [name, setId ? "allow" : verdict]),
    ...Object.entries(ruled),
    ["chroot", chroot ? "allow" : "EPERM"],
  ]);
}
