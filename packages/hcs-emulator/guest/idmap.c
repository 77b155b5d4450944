/*
 * Shows files of one user of a Linux host as those of another, by idmapped mounts (mount_setattr(2), Linux 5.12). For root.
 *
 *   idmap names <user> <other>
 *     makes a user name space in which the two have each other's number, prints the number of a process that is in it, and
 *     ends with its standard input.
 *   idmap mounts <user> <source> <target> … -- <command> <word>…
 *     becomes the command in a mount name space of its own, in which each source is seen at its target; its owner's files are
 *     the user's there. A target whose source's file system cannot do that is a plain mount: the file <target>.plain is made.
 *
 * Without words it does nothing: for a trial. No C library: it is committed as it is built, so that nobody needs a compiler.
 */
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include "no-library.h"

enum { SIGNAL_KILL = 9, READ_ONLY = 0, WRITE_ONLY = 1, CREATE = 0100, CLOSE_ON_EXEC = 02000000 };
enum { BIND = 4096, RECURSIVE = 16384, SLAVE = 1 << 19 };

__attribute__((noreturn)) static void fail(const char *what, const char *of, long error)
{
    char text[5000], *end = add_number(add_text(add_text(add_text(add_text(text, "idmap: "), what), of), ": error "), (unsigned long)-error);
    *end++ = '\n';
    call(__NR_write, 2, (long)text, end - text, 0, 0);
    call(__NR_exit_group, 1, 0, 0, 0, 0);
    __builtin_unreachable();
}

static char *add_line(char *to, unsigned long inside, unsigned long outside, unsigned long count)
{
    if (count == 0) return to;
    to = add_text(add_number(add_text(add_number(add_text(add_number(to, inside), " "), outside), " "), count), "\n");
    return to;
}

/* All others keep their number. */
static void write_map(long process, const char *kind, unsigned long low, unsigned long high)
{
    char path[64], map[256], *end = map;
    long file, written;
    add_text(add_text(add_number(add_text(path, "/proc/"), (unsigned long)process), "/"), kind);
    end = add_line(end, low, high, 1);
    if (high != low) end = add_line(end, high, low, 1);
    end = add_line(end, 0, 0, low);
    if (high > low) end = add_line(end, low + 1, low + 1, high - low - 1);
    end = add_line(end, high + 1, high + 1, 4294967295ul - high - 1);
    file = call(__NR_open, (long)path, WRITE_ONLY | CLOSE_ON_EXEC, 0, 0, 0);
    written = file < 0 ? file : call(__NR_write, file, (long)map, end - map, 0, 0);
    if (written < 0) fail("cannot write ", path, written);
    call(__NR_close, file, 0, 0, 0, 0);
}

/* A process in a user name space in which two users have each other's number. */
static long make_names(unsigned long user, unsigned long other)
{
    unsigned long low = user < other ? user : other, high = user < other ? other : user;
    int ready[2];
    long child, got;
    char byte;
    call(__NR_pipe, (long)ready, 0, 0, 0, 0);
    child = call(__NR_fork, 0, 0, 0, 0, 0);
    if (child < 0) fail("cannot fork", "", child);
    if (child == 0) {
        got = call(__NR_unshare, CLONE_NEWUSER, 0, 0, 0, 0);
        call(__NR_prctl, 1 /* PR_SET_PDEATHSIG */, SIGNAL_KILL, 0, 0, 0);
        if (got == 0) call(__NR_write, ready[1], (long)"", 1, 0, 0);
        call(__NR_close, ready[1], 0, 0, 0, 0);
        if (got == 0) call(__NR_pause, 0, 0, 0, 0, 0);
        call(__NR_exit_group, 0, 0, 0, 0, 0);
    }
    call(__NR_close, ready[1], 0, 0, 0, 0);
    got = call(__NR_read, ready[0], (long)&byte, 1, 0, 0);
    call(__NR_close, ready[0], 0, 0, 0, 0);
    if (got != 1) fail("no user name space can be made", "", got < 0 ? got : -1);
    write_map(child, "uid_map", low, high);
    write_map(child, "gid_map", low, high);
    return child;
}

/* Descriptor of a mount of `source` that is nowhere yet; negative where its file system cannot show other owners. */
static long mapped_tree(const char *source, unsigned long user)
{
    struct statx found;
    struct mount_attr attributes = { MOUNT_ATTR_IDMAP, 0, 0, 0 };
    char path[64];
    long child, names, result, tree = call(__NR_open_tree, AT_FDCWD, (long)source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE, 0, 0);
    if (tree < 0) fail("cannot mount ", source, tree);
    result = call(__NR_statx, tree, (long)"", AT_EMPTY_PATH, STATX_UID, (long)&found);
    if (result < 0) fail("cannot read ", source, result);
    child = make_names(found.stx_uid, user);
    add_text(add_number(add_text(path, "/proc/"), (unsigned long)child), "/ns/user");
    names = call(__NR_open, (long)path, READ_ONLY | CLOSE_ON_EXEC, 0, 0, 0);
    if (names < 0) fail("cannot open ", path, names);
    attributes.userns_fd = (unsigned long long)names;
    /* What is mounted below it too, unless one of those file systems cannot. */
    result = call(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH | AT_RECURSIVE, (long)&attributes, sizeof attributes);
    if (result < 0) result = call(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes, sizeof attributes);
    call(__NR_close, names, 0, 0, 0, 0);
    call(__NR_kill, child, SIGNAL_KILL, 0, 0, 0);
    call(__NR_wait4, child, 0, 0, 0, 0);
    if (result == 0) return tree;
    call(__NR_close, tree, 0, 0, 0, 0);
    return result;
}

static void show(const char *source, const char *target, unsigned long user)
{
    char note[4200];
    long tree = mapped_tree(source, user), result;
    if (tree >= 0) {
        result = call(__NR_move_mount, tree, (long)"", AT_FDCWD, (long)target, MOVE_MOUNT_F_EMPTY_PATH);
        if (result < 0) fail("cannot mount at ", target, result);
        call(__NR_close, tree, 0, 0, 0, 0);
        return;
    }
    add_text(add_text(note, target), ".plain");
    call(__NR_close, call(__NR_open, (long)note, WRITE_ONLY | CREATE, 0600, 0, 0), 0, 0, 0, 0);
    result = call(__NR_mount, (long)source, (long)target, 0, BIND | RECURSIVE, 0);
    if (result < 0) fail("cannot mount ", source, result);
}

__attribute__((used, noreturn)) static void run(long *stack)
{
    long count = stack[0], i, result;
    char **words = (char **)(stack + 1), **environment = words + count + 1;
    if (count == 1) call(__NR_exit_group, 0, 0, 0, 0, 0);
    if (count == 4 && equal(words[1], "names")) {
        char text[32], byte, *end = add_number(text, (unsigned long)make_names(number(words[2]), number(words[3])));
        *end++ = '\n';
        call(__NR_write, 1, (long)text, end - text, 0, 0);
        call(__NR_read, 0, (long)&byte, 1, 0, 0);
        /* What it has made ends with it (PR_SET_PDEATHSIG). */
        call(__NR_exit_group, 0, 0, 0, 0, 0);
    }
    if (count < 5 || !equal(words[1], "mounts")) call(__NR_exit_group, 2, 0, 0, 0, 0);
    result = call(__NR_unshare, CLONE_NEWNS, 0, 0, 0, 0);
    if (result < 0) fail("no mount name space can be made", "", result);
    result = call(__NR_mount, 0, (long)"/", 0, SLAVE | RECURSIVE, 0);
    if (result < 0) fail("cannot keep mounts from the host", "", result);
    for (i = 3; i + 1 < count && !equal(words[i], "--"); i += 2) show(words[i], words[i + 1], number(words[2]));
    if (i + 1 >= count) call(__NR_exit_group, 2, 0, 0, 0, 0);
    result = call(__NR_execve, (long)words[i + 1], (long)(words + i + 1), (long)environment, 0, 0);
    fail("cannot start ", words[i + 1], result);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
