/*
 * Runs the agent of an emulated container on a Linux host, and is the parent of all that it leaves: Wine's processes are
 * orphans by design, and wineserver waits half a second for each that nobody reaps. In a sandbox it is process 1.
 *
 *   reaper <deaths> <user> <processes> <server> <command> <word>…
 *
 * Appends "PID SIGNAL" to the descriptor <deaths> for each process that a signal ended, before it reaps it: wineserver has no
 * other exit code for it than 0. When wineserver itself has ended, nothing that is left can work or end: it is killed. Ends
 * with the last process, with the command's exit code.
 *
 * Its standard input is a pipe that the owner holds. The agent ends when its own does; what has not ended some seconds after
 * the owner is killed.
 *
 * <user>: number of the user and group that the command runs as, without any capability; "-": as who starts this.
 * <processes>: how many processes and threads that user may have; "-": as many as before.
 * <server>: program that is started first, with "-p0": a wineserver that ends with the last program; "-": none.
 *
 * No C library: it is committed as it is built, so that nobody needs a compiler. Without words it does nothing: for a trial.
 */
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/wait.h>
#include <asm/unistd.h>
#include "no-library.h"

enum { SIGNAL_KILL = 9, READ_ONLY = 0, READ_WRITE = 2, CLOSE_ON_EXEC = 02000000, INTERRUPTED = -4, SET_CLOSE_ON_EXEC = 2 /* F_SETFD */ };

/* Seconds that the agent has to end everything when the owner has gone. */
enum { GRACE = 10 };

/* siginfo_t, as far as it is read here. */
typedef struct { int number, error, code, pad, pid, uid, status, rest[25]; } Info;
enum { CODE_EXITED = 1 };

static long read_file(const char *path, char *to, long size)
{
    long file = call(__NR_open, (long)path, READ_ONLY | CLOSE_ON_EXEC, 0, 0, 0), got, length = 0;
    if (file < 0) return 0;
    while (length < size && (got = call(__NR_read, file, (long)(to + length), size - length, 0, 0)) > 0) length += got;
    call(__NR_close, file, 0, 0, 0, 0);
    return length;
}

/* wineserver, wineserver32 or wineserver64; a Windows program has a dot in its name. */
static int is_server(int pid)
{
    static const char name[] = "wineserver";
    char path[64], found[32];
    long length, i;
    add_text(add_number(add_text(path, "/proc/"), (unsigned)pid), "/comm");
    length = read_file(path, found, sizeof found);
    for (i = 0; i < (long)sizeof name - 1; i++) if (i >= length || found[i] != name[i]) return 0;
    for (; i < length; i++) if (found[i] == '.') return 0;
    return 1;
}

/* All children of this process, one after the other; `kill` sends them SIGKILL. Returns how many there are, but for `except`. */
static int children(int kill, unsigned except)
{
    static char list[64 * 1024];
    char path[64];
    unsigned pid = 0, own = (unsigned)call(__NR_getpid, 0, 0, 0, 0, 0);
    long length, i;
    int count = 0;
    add_text(add_number(add_text(path, "/proc/self/task/"), own), "/children");
    length = read_file(path, list, sizeof list);
    for (i = 0; i < length; i++) {
        if (list[i] >= '0' && list[i] <= '9') { pid = pid * 10 + (unsigned)(list[i] - '0'); continue; }
        if (pid && pid != except) count++;
        if (pid && kill) call(__NR_kill, pid, SIGNAL_KILL, 0, 0, 0);
        pid = 0;
    }
    return count;
}

static void append(long file, int pid, int signal)
{
    char line[32], *end = add_text(add_number(add_text(add_number(line, (unsigned)pid), " "), (unsigned)signal), "\n");
    call(__NR_write, file, (long)line, end - line, 0, 0);
}

static int is_absent(const char *word) { return equal(word, "-"); }

static void set_limit(long resource, unsigned long value)
{
    struct rlimit limit = { value, value };
    call(__NR_setrlimit, resource, (long)&limit, 0, 0, 0);
}

/* Nothing of what the kernel gives only to some is left: no capability, and no way to any. Ends the process where that fails. */
static void become(unsigned long user)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
    long capability, failed;
    for (capability = 0; call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++);
    failed = call(__NR_setgroups, 0, 0, 0, 0, 0) | call(__NR_setresgid, user, user, user, 0, 0) | call(__NR_setresuid, user, user, user, 0, 0)
        | call(__NR_capset, (long)&header, (long)none, 0, 0, 0) | call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (failed) call(__NR_exit_group, 126, 0, 0, 0, 0);
}

/* A child that ends some seconds after the owner has. */
static long watch_owner(void)
{
    char byte;
    long child = call(__NR_fork, 0, 0, 0, 0, 0), got, time[2] = { GRACE, 0 };
    if (child != 0) return child;
    do got = call(__NR_read, 0, (long)&byte, 1, 0, 0); while (got > 0 || got == INTERRUPTED);
    call(__NR_nanosleep, (long)time, 0, 0, 0, 0);
    call(__NR_exit_group, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

/* Descriptors 0 to 2 of what is started lead nowhere, and no other is given on. */
static void close_descriptors(void)
{
    long null = call(__NR_open, (long)"/dev/null", READ_WRITE | CLOSE_ON_EXEC, 0, 0, 0), i;
    for (i = 0; i < 3; i++) call(__NR_dup2, null, i, 0, 0, 0);
    for (i = 3; i < 256; i++) call(__NR_fcntl, i, SET_CLOSE_ON_EXEC, 1 /* FD_CLOEXEC */, 0, 0);
}

static long start(char **words, char **environment)
{
    long child = call(__NR_fork, 0, 0, 0, 0, 0);
    if (child != 0) return child;
    close_descriptors();
    call(__NR_execve, (long)words[0], (long)words, (long)environment, 0, 0);
    call(__NR_exit_group, 127, 0, 0, 0, 0);
    __builtin_unreachable();
}

static int is_ours(const char *variable)
{
    static const char name[] = "ORIEL_GUEST=";
    long i;
    for (i = 0; name[i]; i++) if (variable[i] != name[i]) return 0;
    return 1;
}

enum { PROGRAM, DEATHS, USER, PROCESSES, SERVER, COMMAND };

__attribute__((used, noreturn)) static void run(long *stack)
{
    long count = stack[0], file, child, watcher, all = -1;
    char **words = (char **)(stack + 1), **environment = words + count + 1, **from = environment, **to = environment;
    int code = 127, is_ending = 0;
    if (count <= COMMAND) call(__NR_exit_group, count == 1 ? 0 : 2, 0, 0, 0, 0);
    /* It tells the host where this guest is kept, which is nothing for its programs. */
    for (; *from; from++) if (!is_ours(*from)) *to++ = *from;
    *to = 0;
    call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    file = (long)number(words[DEATHS]);
    set_limit(RLIMIT_CORE, 1 /* proc_sys_kernel: neither a file nor a handler of the host's, core(5) */);
    if (!is_absent(words[USER])) become(number(words[USER]));
    if (!is_absent(words[PROCESSES])) set_limit(RLIMIT_NPROC, number(words[PROCESSES]));
    /* Programs of the same user must not reach its descriptors. */
    call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    watcher = watch_owner();
    if (!is_absent(words[SERVER])) {
        char *server[] = { words[SERVER], "-p0", 0 };
        /* It ends when its copy in the background is ready. */
        child = start(server, environment);
        call(__NR_wait4, child, 0, 0, 0, 0);
    }
    child = start(words + COMMAND, environment);
    /* What is sent to all of a terminal is for the others. */
    call(__NR_rt_sigprocmask, 0, (long)&all, 0, sizeof all, 0);
    for (;;) {
        Info info = { 0 };
        long result = call(__NR_waitid, P_ALL, 0, (long)&info, WEXITED | WNOWAIT, 0);
        if (result == INTERRUPTED) continue;
        if (result < 0) break;
        if (info.code != CODE_EXITED) append(file, info.pid, info.status);
        if (info.pid == child) code = info.code == CODE_EXITED ? info.status : 128 + info.status;
        if (is_server(info.pid) || info.pid == watcher) is_ending = 1;
        call(__NR_wait4, info.pid, 0, 0, 0, 0);
        if (is_ending) children(1, 0);
        else if (children(0, (unsigned)watcher) == 0) { is_ending = 1; children(1, 0); }
    }
    call(__NR_exit_group, code, 0, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
