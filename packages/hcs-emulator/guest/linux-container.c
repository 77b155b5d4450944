/*
 * Makes Linux containers on a Linux host, and runs programs in them; needs the rights of root there.
 *
 *   linux-container probe
 *     fails where the host lets nobody make name spaces.
 *   linux-container boot <base> <mount program> <folder> <host name> <layer>…
 *     makes a container's root of <folder>/upper and the layers (folders, or images of disks), and its name spaces. Its
 *     process 1 prints "ready", and lives until its input ends, or the process that was started; the kernel ends all others with it.
 *   linux-container share <base> <ro|rw> <source> <target>
 *     shows a folder of the host in the container. 3: /proc/<process 1>.
 *   linux-container enter <base> <processes>
 *     runs a program in it. 3: a socket, 4: a system call filter, 5: /proc/<process 1>. Writes the program's number inside to
 *     the socket, and reads what it is to be: texts that end with 0. Closes the socket when it has become the program, or
 *     writes what failed and the error's number. Ends with the program's exit code. Each user inside can have so many processes.
 *
 * With a base, users 0 to 65535 inside are base to base + 65535 outside, and all mounts show the files of the former as those
 * of the latter; the exit code is 3 where that cannot be. With base 0 they are the host's.
 *
 * No C library: it is committed as it is built, so that nobody needs a compiler.
 */
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include "no-library.h"

enum { SIGNAL_KILL = 9, SIGNAL_CHILD = 17, IGNORE = 1, READ_ONLY = 0, WRITE_ONLY = 1, READ_WRITE = 2, CLOSE_ON_EXEC = 02000000 };
enum { PATH_ONLY = 010000000, FOLDER_ONLY = 0200000, NO_FOLLOW = 0400000 };
enum { NO_SUID = 2, NO_DEVICES = 4, NO_PROGRAMS = 8, READ_ONLY_MOUNT = 1, REMOUNT = 32, BIND = 4096, RECURSIVE = 16384, PRIVATE = 1 << 18, SLAVE = 1 << 19 };
enum { DETACH = 2, LIMIT_CORE = 4, LIMIT_PROCESSES = 6, NOT_THERE = -2, ACCESS = -13, NO_FOLDER = -20, INVALID = -22, TOO_BIG = -7 };
enum { SET_SESSION_KEYRING = 1, SET_INTERFACE_FLAGS = 0x8914, INTERFACE_UP = 1, USERS = 65536, CANNOT_MAP = 3 };

/*
 * What Docker gives, without MKNOD, which reaches the host's disks where there is no user name space, and has no use in one; and without
 * SETFCAP: what is made in a folder of the host could have capabilities there.
 */
static const unsigned char kept[] = {
    CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP,
    CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SYS_CHROOT, CAP_AUDIT_WRITE,
};

/* What tells of the host, or changes it (Docker's masked and read-only paths). */
static const char *const masked[] = {
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg", "/proc/kpagecount",
    "/proc/kpageflags", "/proc/kpagecgroup", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
    "/proc/timer_stats", 0,
};
static const char *const unchangeable[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", 0 };
static const struct { const char *name; unsigned major, minor; } devices[] = {
    { "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 }, { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};
static const char *const links[] = { "/proc/self/fd", "/dev/fd", "fd/0", "/dev/stdin", "fd/1", "/dev/stdout", "fd/2", "/dev/stderr", 0 };
/* The mount name space first, as the others are found by it; that of users last, as it takes the rights for the others. */
static const char *const namespaces[] = { "ns/mnt", "ns/pid", "ns/net", "ns/uts", "ns/ipc", "ns/cgroup", 0 };

__attribute__((noreturn)) static void leave(long code)
{
    call(__NR_exit_group, code, 0, 0, 0, 0);
    __builtin_unreachable();
}

__attribute__((noreturn)) static void fail_with(long code, const char *what, const char *of, long error)
{
    char text[5000], *end = add_number(add_text(add_text(add_text(text, what), of), ": error "), (unsigned long)-error);
    *end++ = '\n';
    call(__NR_write, 2, (long)text, end - text, 0, 0);
    leave(code);
}

static long must(long result, const char *what, const char *of)
{
    if (result < 0) fail_with(1, what, of, result);
    return result;
}

/* What the daemon itself was started with is nothing for containers. */
static void close_from(long descriptor)
{
    must(call(__NR_close_range, descriptor, 0x7fffffff, 0, 0, 0), "cannot close descriptors", "");
}

static long wait_for(long child)
{
    int status = 0;
    while (call(__NR_wait4, child, (long)&status, 0, 0, 0) == -4 /* EINTR */);
    return (status & 127) == 0 ? (status >> 8) & 255 : 128 + (status & 127);
}

static void write_map(long process, const char *kind, unsigned long base)
{
    char path[64], map[64], *end;
    long file;
    add_text(add_text(add_number(add_text(path, "/proc/"), (unsigned long)process), "/"), kind);
    end = add_text(add_number(add_text(add_number(add_text(map, "0 "), base), " "), USERS), "\n");
    file = call(__NR_open, (long)path, WRITE_ONLY | CLOSE_ON_EXEC, 0, 0, 0);
    if (file >= 0) file = call(__NR_write, file, (long)map, end - map, 0, 0);
    if (file < 0) fail_with(CANNOT_MAP, "no users of its own can be given by ", path, file);
}

/* Descriptor of a user name space with users of its own. */
static long make_users(unsigned long base)
{
    char path[64], byte;
    int ready[2];
    long child, users;
    must(call(__NR_pipe, (long)ready, 0, 0, 0, 0), "no pipe", "");
    child = must(call(__NR_fork, 0, 0, 0, 0, 0), "no process", "");
    if (child == 0) {
        call(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL, 0, 0, 0);
        users = call(__NR_unshare, CLONE_NEWUSER, 0, 0, 0, 0);
        if (users < 0) fail_with(CANNOT_MAP, "no user name space can be made", "", users);
        call(__NR_write, ready[1], (long)"", 1, 0, 0);
        for (;;) call(__NR_pause, 0, 0, 0, 0, 0);
    }
    call(__NR_close, ready[1], 0, 0, 0, 0);
    if (call(__NR_read, ready[0], (long)&byte, 1, 0, 0) != 1) leave(CANNOT_MAP);
    call(__NR_close, ready[0], 0, 0, 0, 0);
    write_map(child, "uid_map", base);
    write_map(child, "gid_map", base);
    add_text(add_number(add_text(path, "/proc/"), (unsigned long)child), "/ns/user");
    users = must(call(__NR_open, (long)path, READ_ONLY | CLOSE_ON_EXEC, 0, 0, 0), "cannot open ", path);
    call(__NR_kill, child, SIGNAL_KILL, 0, 0, 0);
    wait_for(child);
    return users;
}

/* A mount of `source` that is nowhere yet, with the users of a name space unless that is negative. */
static long open_mount(const char *source, long users, unsigned long flags, long *mapped)
{
    struct mount_attr attributes = { flags, 0, PRIVATE, 0 };
    long tree = must(call(__NR_open_tree, AT_FDCWD, (long)source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0), "cannot mount ", source);
    must(call(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes, sizeof attributes), "cannot mount ", source);
    *mapped = 0;
    if (users < 0) return tree;
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.propagation = 0;
    attributes.userns_fd = (unsigned long long)users;
    *mapped = call(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes, sizeof attributes);
    return tree;
}

static void attach(const char *source, const char *target, long users, unsigned long flags)
{
    long mapped, tree = open_mount(source, users, flags, &mapped);
    if (mapped < 0) fail_with(CANNOT_MAP, "files cannot be shown with other owners at ", source, mapped);
    must(call(__NR_move_mount, tree, (long)"", AT_FDCWD, (long)target, MOVE_MOUNT_F_EMPTY_PATH), "cannot mount ", source);
    call(__NR_close, tree, 0, 0, 0, 0);
}

/* Files are made as this user's; all rights that the kernel takes away with it are taken back. */
static void make_files_as(unsigned long user)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    call(__NR_setfsgid, (long)user, 0, 0, 0, 0);
    call(__NR_setfsuid, (long)user, 0, 0, 0, 0);
    must(call(__NR_capget, (long)&header, (long)data, 0, 0, 0), "no capabilities", "");
    data[0].effective = data[0].permitted;
    data[1].effective = data[1].permitted;
    must(call(__NR_capset, (long)&header, (long)data, 0, 0, 0), "no capabilities", "");
}

/* Mounts the image of a disk. */
static void mount_disk(char *program, char *image, char *target)
{
    char *words[] = { program, "-o", "loop,ro", image, target, 0 }, *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", 0 };
    long child = must(call(__NR_fork, 0, 0, 0, 0, 0), "no process", "");
    if (child == 0) fail_with(127, "cannot run ", program, call(__NR_execve, (long)program, (long)words, (long)environment, 0, 0));
    child = wait_for(child);
    if (child != 0) leave(child == CANNOT_MAP ? 1 : child);
}

/* Below `root`, of the folders l, d, u, upper and work beside it. */
static void make_root(char **layers, char *mount, long users, unsigned long base)
{
    static char options[4096];
    char target[32], disk[32], *end = add_text(options, "lowerdir=");
    unsigned long index;
    long result;
    for (index = 0; layers[index]; index++) {
        char *layer = layers[index];
        struct statx found;
        add_number(add_text(target, "l/"), index);
        call(__NR_mkdir, (long)target, 0700, 0, 0, 0);
        must(call(__NR_statx, AT_FDCWD, (long)layer, 0, STATX_TYPE, (long)&found), "cannot read ", layer);
        if ((found.stx_mode & 0170000) == 0100000) {
            add_number(add_text(disk, "d/"), index);
            call(__NR_mkdir, (long)disk, 0700, 0, 0, 0);
            mount_disk(mount, layer, disk);
            layer = disk;
        }
        attach(layer, target, users, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
        if (end > options + sizeof options - 100) fail_with(1, "too many layers", "", 0);
        if (index) end = add_text(end, ":");
        end = add_text(end, target);
    }
    make_files_as(base);
    if (index == 0) return attach("upper", "root", users, MOUNT_ATTR_NODEV);
    attach(".", "u", users, MOUNT_ATTR_NODEV);
    add_text(end, ",upperdir=u/upper,workdir=u/work");
    result = call(__NR_mount, (long)"overlay", (long)"root", (long)"overlay", NO_DEVICES, (long)options);
    if (result == INVALID && users >= 0) fail_with(CANNOT_MAP, "overlay mounts cannot show other owners here", "", result);
    must(result, "cannot mount layers: ", options);
}

/* A folder of the image, or a new one: no link, so that what is mounted there is seen there. */
static void make_folder(const char *path, long mode)
{
    long folder;
    call(__NR_mkdir, (long)path, mode, 0, 0, 0);
    folder = call(__NR_open, (long)path, PATH_ONLY | FOLDER_ONLY | NO_FOLLOW | CLOSE_ON_EXEC, 0, 0, 0);
    call(__NR_close, must(folder, "no folder in the image: ", path), 0, 0, 0, 0);
}

static void make_system_folders(unsigned long base)
{
    char options[100], *end = add_text(options, "mode=755,size=64m,uid=");
    unsigned long index;
    long result;
    add_number(add_text(add_number(end, base), ",gid="), base);
    make_folder("/proc", 0755);
    make_folder("/dev", 0755);
    must(call(__NR_mount, (long)"proc", (long)"/proc", (long)"proc", NO_SUID | NO_DEVICES | NO_PROGRAMS, 0), "cannot mount ", "/proc");
    must(call(__NR_mount, (long)"tmpfs", (long)"/dev", (long)"tmpfs", NO_SUID | NO_PROGRAMS, (long)options), "cannot mount ", "/dev");
    for (index = 0; index < sizeof devices / sizeof *devices; index++) {
        const char *name = devices[index].name;
        must(call(__NR_mknod, (long)name, 020666, devices[index].major << 8 | devices[index].minor, 0, 0), "cannot make ", name);
    }
    for (index = 0; links[index]; index += 2) call(__NR_symlink, (long)links[index], (long)links[index + 1], 0, 0, 0);
    call(__NR_mkdir, (long)"/dev/shm", 01777, 0, 0, 0);
    for (index = 0; masked[index]; index++) {
        result = call(__NR_mount, (long)"/dev/null", (long)masked[index], 0, BIND, 0);
        if (result == NO_FOLDER) result = call(__NR_mount, (long)"tmpfs", (long)masked[index], (long)"tmpfs", READ_ONLY_MOUNT, (long)"size=4k");
        if (result != NOT_THERE) must(result, "cannot mask ", masked[index]);
    }
    for (index = 0; unchangeable[index]; index++) {
        const char *path = unchangeable[index];
        result = call(__NR_mount, (long)path, (long)path, 0, BIND | RECURSIVE, 0);
        if (result == NOT_THERE) continue;
        must(result, "cannot mount ", path);
        result = call(__NR_mount, 0, (long)path, 0, BIND | REMOUNT | READ_ONLY_MOUNT | NO_SUID | NO_DEVICES | NO_PROGRAMS, 0);
        must(result, "cannot make read-only: ", path);
    }
}

static void start_loopback(void)
{
    struct { char name[16]; short flags; char rest[22]; } request = { "lo", INTERFACE_UP, { 0 } };
    long socket = must(call(__NR_socket, 2, 2, 0, 0, 0), "no socket", "");
    must(call(__NR_ioctl, socket, SET_INTERFACE_FLAGS, (long)&request, 0, 0), "no loopback interface", "");
    call(__NR_close, socket, 0, 0, 0, 0);
}

/* No program of the container, nor what it starts, can ever have more than `kept`. */
static void bound_capabilities(void)
{
    long capability;
    unsigned index;
    for (capability = 0; capability < 64; capability++) {
        for (index = 0; index < sizeof kept && kept[index] != capability; index++);
        if (index == sizeof kept) call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
}

static void set_capabilities(int all)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
    unsigned index;
    for (index = 0; all && index < sizeof kept; index++) {
        data[kept[index] / 32].effective |= 1u << kept[index] % 32;
        data[kept[index] / 32].permitted |= 1u << kept[index] % 32;
    }
    call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    must(call(__NR_capset, (long)&header, (long)data, 0, 0, 0), "cannot give up capabilities", "");
}

static void limit(long what, unsigned long value)
{
    unsigned long limits[2] = { value, value };
    call(__NR_setrlimit, what, (long)limits, 0, 0, 0);
}

/* A dump would be given to a program of the host's (core_pattern); of 1 byte it is none (core(5)). */
static void dump_nothing(void)
{
    limit(LIMIT_CORE, 1);
}

static long run_process_one(char *host_name, long users, unsigned long base)
{
    struct { long handler, flags, restorer, mask; } ignore = { IGNORE, 0, 0, 0 };
    char *end = host_name, byte;
    /* Once more below: a change of users takes it back. */
    call(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL, 0, 0, 0);
    must(call(__NR_chdir, (long)"root", 0, 0, 0, 0), "no root", "");
    must(call(__NR_pivot_root, (long)".", (long)".", 0, 0, 0), "cannot leave the host's root", "");
    must(call(__NR_umount2, (long)".", DETACH, 0, 0, 0), "cannot leave the host's root", "");
    must(call(__NR_chdir, (long)"/", 0, 0, 0, 0), "no root", "");
    make_system_folders(base);
    if (users >= 0) must(call(__NR_setns, users, CLONE_NEWUSER, 0, 0, 0), "cannot enter the user name space", "");
    must(call(__NR_unshare, CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP, 0, 0, 0, 0), "cannot make name spaces", "");
    start_loopback();
    while (*end) end++;
    if (end > host_name) must(call(__NR_sethostname, (long)host_name, end - host_name, 0, 0, 0), "cannot take the host name ", host_name);
    must(call(__NR_setgroups, 0, 0, 0, 0, 0), "cannot give up groups", "");
    must(call(__NR_setresgid, 0, 0, 0, 0, 0), "cannot give up groups", "");
    must(call(__NR_setresuid, 0, 0, 0, 0, 0), "cannot give up users", "");
    bound_capabilities();
    set_capabilities(0);
    dump_nothing();
    call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    call(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL, 0, 0, 0);
    call(__NR_rt_sigaction, SIGNAL_CHILD, (long)&ignore, 0, 8, 0);
    must(call(__NR_write, 1, (long)"ready\n", 6, 0, 0), "cannot report", "");
    call(__NR_close, 1, 0, 0, 0, 0);
    call(__NR_close, 2, 0, 0, 0, 0);
    while (call(__NR_read, 0, (long)&byte, 1, 0, 0) > 0);
    return 0;
}

static long boot(char **words)
{
    unsigned long base = number(words[0]);
    long users, child;
    close_from(3);
    must(call(__NR_chdir, (long)words[2], 0, 0, 0, 0), "cannot enter ", words[2]);
    must(call(__NR_unshare, CLONE_NEWNS, 0, 0, 0, 0), "cannot make name spaces", "");
    must(call(__NR_mount, 0, (long)"/", 0, SLAVE | RECURSIVE, 0), "cannot keep mounts from the host", "");
    users = base ? make_users(base) : -1;
    make_root(words + 4, words[1], users, base);
    must(call(__NR_unshare, CLONE_NEWPID, 0, 0, 0, 0), "cannot make name spaces", "");
    child = must(call(__NR_fork, 0, 0, 0, 0, 0), "no process", "");
    if (child == 0) leave(run_process_one(words[3], users, base));
    for (users = 0; users < 3; users++) call(__NR_close, users, 0, 0, 0, 0);
    return wait_for(child);
}

static long share(char **words)
{
    unsigned long base = number(words[0]), flags = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
    char *target = words[3], *at;
    long users = base ? must(call(__NR_openat, 3, (long)"ns/user", CLOSE_ON_EXEC, 0, 0), "the container has ended", "") : -1;
    long space = must(call(__NR_openat, 3, (long)"ns/mnt", CLOSE_ON_EXEC, 0, 0), "the container has ended", ""), mapped;
    long tree = open_mount(words[2], users, equal(words[1], "ro") ? flags | MOUNT_ATTR_RDONLY : flags, &mapped);
    if (mapped < 0) call(__NR_write, 1, (long)"plain\n", 6, 0, 0);
    /* From here on paths are those of the container, links too. */
    must(call(__NR_setns, space, CLONE_NEWNS, 0, 0, 0), "cannot enter the container", "");
    make_files_as(base);
    for (at = target + 1; ; at++) {
        char end = *at;
        if (end != '/' && end != 0) continue;
        *at = 0;
        call(__NR_mkdir, (long)target, 0755, 0, 0, 0);
        *at = end;
        if (end == 0) break;
    }
    must(call(__NR_move_mount, tree, (long)"", AT_FDCWD, (long)target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS), "cannot mount at ", target);
    return 0;
}

/* What a program is to be: user, group, streams that lead nowhere, folder, number of words, words, environment. */
static char request[4 << 20];

__attribute__((noreturn)) static void refuse(const char *what, long error)
{
    char text[100], *end = add_number(add_text(add_text(text, what), " "), (unsigned long)-error);
    call(__NR_write, 3, (long)text, end - text, 0, 0);
    leave(127);
}

static char *next_text(char **at, const char *end)
{
    char *text = *at;
    while (*at < end && **at) ++*at;
    if (*at == end) refuse("request", INVALID);
    ++*at;
    return text;
}

/* In the folders of PATH, unless it is a path itself. */
static long execute(char **words, char **environment, const char *path)
{
    static char file[8192];
    const char *at;
    long result = NOT_THERE, other;
    for (at = words[0]; *at && *at != '/'; at++);
    if (*at) return call(__NR_execve, (long)words[0], (long)words, (long)environment, 0, 0);
    for (;;) {
        char *end = file;
        while (*path && *path != ':' && end < file + 4096) *end++ = *path++;
        *end++ = '/';
        for (at = words[0]; *at && end < file + sizeof file - 1; ) *end++ = *at++;
        *end = 0;
        other = call(__NR_execve, (long)file, (long)words, (long)environment, 0, 0);
        if (other != NOT_THERE && other != NO_FOLDER && other != ACCESS) return other;
        while (*path && *path != ':') path++;
        if (!*path) return result;
        path++;
    }
}

static void filter_calls(void)
{
    static char instructions[4096 * sizeof(struct sock_filter)];
    struct sock_fprog program = { 0, (struct sock_filter *)instructions };
    long length = call(__NR_pread64, 4, (long)instructions, sizeof instructions, 0, 0);
    program.len = (unsigned short)(length > 0 ? (unsigned long)length / sizeof(struct sock_filter) : 0);
    length = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0, 0);
    if (length < 0) refuse("filter", length);
}

/* Up to `count` of them, and a 0 behind the last. */
static char **next_texts(char **into, unsigned long room, unsigned long count, char **at, const char *end)
{
    unsigned long index;
    for (index = 0; index < count && *at < end; index++) {
        if (index == room) refuse("request", TOO_BIG);
        into[index] = next_text(at, end);
    }
    into[index] = 0;
    return into;
}

static void become_program(unsigned long base, unsigned long processes)
{
    static char *word_list[32768 + 1], *variable_list[32768 + 1];
    char text[32], *at = request, *end = request, *cwd, **words, **environment;
    const char *path = "";
    unsigned long user, group, nowhere, index;
    long got, users = base ? call(__NR_openat, 5, (long)"ns/user", CLOSE_ON_EXEC, 0, 0) : -1;
    call(__NR_setsid, 0, 0, 0, 0, 0);
    got = call(__NR_getpid, 0, 0, 0, 0, 0);
    call(__NR_write, 3, (long)text, add_text(add_number(text, (unsigned long)got), "\n") - text, 0, 0);
    while ((got = call(__NR_read, 3, (long)end, request + sizeof request - end, 0, 0)) > 0) end += got;
    if (got < 0 || end == request + sizeof request) refuse("request", got < 0 ? got : TOO_BIG);
    /* Nobody wants it any more. */
    if (end == request) leave(127);
    user = number(next_text(&at, end));
    group = number(next_text(&at, end));
    nowhere = number(next_text(&at, end));
    cwd = next_text(&at, end);
    index = number(next_text(&at, end));
    words = next_texts(word_list, 32768, index, &at, end);
    environment = next_texts(variable_list, 32768, ~0ul, &at, end);
    for (index = 0; environment[index]; index++) {
        const char *name = "PATH=", *from = environment[index];
        for (; *name && *name == *from; name++, from++);
        if (!*name) path = from;
    }
    for (index = 0; index < 3; index++) {
        if (!(nowhere >> index & 1)) continue;
        got = call(__NR_open, (long)"/dev/null", READ_WRITE | CLOSE_ON_EXEC, 0, 0, 0);
        if (got >= 0) call(__NR_dup3, got, (long)index, 0, 0, 0);
        else call(__NR_close, (long)index, 0, 0, 0, 0);
    }
    if (base && (got = call(__NR_setns, users, CLONE_NEWUSER, 0, 0, 0)) < 0) refuse("container", got);
    dump_nothing();
    limit(LIMIT_PROCESSES, processes);
    /* Programs can have the rights of their owner (no PR_SET_NO_NEW_PRIVS), as su and ping need them: never more than these. */
    bound_capabilities();
    if ((got = call(__NR_setgroups, 0, 0, 0, 0, 0)) < 0) refuse("user", got);
    if ((got = call(__NR_setresgid, (long)group, (long)group, (long)group, 0, 0)) < 0) refuse("user", got);
    call(__NR_keyctl, SET_SESSION_KEYRING, 0, 0, 0, 0);
    filter_calls();
    if ((got = call(__NR_setresuid, (long)user, (long)user, (long)user, 0, 0)) < 0) refuse("user", got);
    set_capabilities(user == 0);
    call(__NR_umask, 022, 0, 0, 0, 0);
    if ((got = call(__NR_chdir, (long)cwd, 0, 0, 0, 0)) < 0) refuse("folder", got);
    call(__NR_close, 4, 0, 0, 0, 0);
    call(__NR_close, 5, 0, 0, 0, 0);
    call(__NR_fcntl, 3, 2 /* F_SETFD */, 1 /* FD_CLOEXEC */, 0, 0);
    refuse("program", execute(words, environment, path));
}

/* So that a program that opens its own file as long as it still is this one has no file of the host's. */
static void run_as_copy(char *base, char *processes, char **environment)
{
    char *words[] = { "linux-container", "enter", base, processes, "copy", 0 };
    long from = must(call(__NR_open, (long)"/proc/self/exe", READ_ONLY | CLOSE_ON_EXEC, 0, 0, 0), "cannot read ", "/proc/self/exe");
    long copy = must(call(__NR_memfd_create, (long)words[0], MFD_CLOEXEC | MFD_ALLOW_SEALING, 0, 0, 0), "cannot copy ", "/proc/self/exe");
    while (must(call(__NR_sendfile, copy, from, 0, 1 << 20, 0), "cannot copy ", "/proc/self/exe") > 0);
    must(call(__NR_fcntl, copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, 0, 0), "cannot seal ", words[0]);
    must(call(__NR_execveat, copy, (long)"", (long)words, (long)environment, AT_EMPTY_PATH), "cannot run ", words[0]);
}

static long enter(char **words)
{
    unsigned long base = number(words[0]), index;
    long spaces[sizeof namespaces / sizeof *namespaces], child;
    close_from(6);
    for (index = 0; namespaces[index]; index++)
        spaces[index] = must(call(__NR_openat, 5, (long)namespaces[index], CLOSE_ON_EXEC, 0, 0), "the container has ended: ", namespaces[index]);
    for (index = 0; namespaces[index]; index++) {
        must(call(__NR_setns, spaces[index], 0, 0, 0, 0), "cannot enter ", namespaces[index]);
        call(__NR_close, spaces[index], 0, 0, 0, 0);
    }
    child = must(call(__NR_fork, 0, 0, 0, 0, 0), "no process", "");
    if (child == 0) become_program(base, number(words[1]));
    for (index = 0; index < 6; index++) call(__NR_close, (long)index, 0, 0, 0, 0);
    return wait_for(child);
}

__attribute__((used, noreturn)) static void run(long *stack)
{
    long count = stack[0];
    char **words = (char **)(stack + 1);
    /* So that no program in the container looks into it, or opens its file by /proc, while it is in there. */
    call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    call(__NR_umask, 0, 0, 0, 0, 0);
    if (count == 2 && equal(words[1], "probe"))
        leave(must(call(__NR_unshare, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP, 0, 0, 0, 0), "unshare", ""));
    if (count >= 6 && equal(words[1], "boot")) leave(boot(words + 2));
    if (count == 6 && equal(words[1], "share")) leave(share(words + 2));
    if (count == 4 && equal(words[1], "enter") && equal(words[2], "0")) run_as_copy(words[2], words[3], words + count + 1);
    if (count >= 4 && equal(words[1], "enter")) leave(enter(words + 2));
    leave(2);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
