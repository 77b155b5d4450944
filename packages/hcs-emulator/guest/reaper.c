/*
 * Runs the agent of an emulated container on a Linux host, and is the parent of all that it leaves: Wine's processes are
 * orphans by design, and wineserver waits half a second for each that nobody reaps.
 *
 *   reaper <file> <command> <word>…
 *
 * Appends "PID SIGNAL" to the file for each process that a signal ended, before it reaps it: wineserver has no other exit
 * code for it than 0. When wineserver itself has ended, nothing that is
 * left can work or end: it is killed. Ends with the last process, with the command's exit code.
 *
 * No C library: it is committed as it is built, so that nobody needs a compiler.
 */
#include <linux/prctl.h>
#include <linux/wait.h>
#include <asm/unistd.h>

enum { SIGNAL_KILL = 9, READ_ONLY = 0, APPEND = 02001 /* O_WRONLY | O_APPEND */, CLOSE_ON_EXEC = 02000000, INTERRUPTED = -4 };

/* siginfo_t, as far as it is read here. */
typedef struct { int number, error, code, pad, pid, uid, status, rest[25]; } Info;
enum { CODE_EXITED = 1 };

static long call(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

static char *add_text(char *to, const char *text) { while (*text) *to++ = *text++; return to; }

static char *add_number(char *to, unsigned number)
{
    char digits[12], *at = digits + sizeof digits;
    *--at = 0;
    do *--at = (char)('0' + number % 10); while (number /= 10);
    return add_text(to, at);
}

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
    *add_text(add_number(add_text(path, "/proc/"), (unsigned)pid), "/comm") = 0;
    length = read_file(path, found, sizeof found);
    for (i = 0; i < (long)sizeof name - 1; i++) if (i >= length || found[i] != name[i]) return 0;
    for (; i < length; i++) if (found[i] == '.') return 0;
    return 1;
}

/* What they leave comes to this process, and is killed when the next of them is reaped. */
static void kill_children(void)
{
    static char list[64 * 1024];
    char path[64];
    unsigned pid = 0, own = (unsigned)call(__NR_getpid, 0, 0, 0, 0, 0);
    long length, i;
    *add_text(add_number(add_text(path, "/proc/self/task/"), own), "/children") = 0;
    length = read_file(path, list, sizeof list);
    for (i = 0; i < length; i++) {
        if (list[i] >= '0' && list[i] <= '9') { pid = pid * 10 + (unsigned)(list[i] - '0'); continue; }
        if (pid) call(__NR_kill, pid, SIGNAL_KILL, 0, 0, 0);
        pid = 0;
    }
}

static void append(long file, int pid, int signal)
{
    char line[32], *end = add_text(add_number(add_text(add_number(line, (unsigned)pid), " "), (unsigned)signal), "\n");
    call(__NR_write, file, (long)line, end - line, 0, 0);
}

__attribute__((used, noreturn)) static void run(long *stack)
{
    long count = stack[0], file, child, all = -1;
    char **words = (char **)(stack + 1), **environment = words + count + 1;
    int code = 127, server_ended = 0;
    if (count < 3) call(__NR_exit_group, 2, 0, 0, 0, 0);
    call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    file = call(__NR_open, (long)words[1], APPEND | CLOSE_ON_EXEC, 0, 0, 0);
    child = call(__NR_fork, 0, 0, 0, 0, 0);
    if (child == 0) {
        call(__NR_execve, (long)words[2], (long)(words + 2), (long)environment, 0, 0);
        call(__NR_exit_group, 127, 0, 0, 0, 0);
    }
    /* What is sent to all of a terminal is for the others. */
    call(__NR_rt_sigprocmask, 0, (long)&all, 0, sizeof all, 0);
    for (;;) {
        Info info = { 0 };
        long result = call(__NR_waitid, P_ALL, 0, (long)&info, WEXITED | WNOWAIT, 0);
        if (result == INTERRUPTED) continue;
        if (result < 0) break;
        if (info.code != CODE_EXITED) append(file, info.pid, info.status);
        if (info.pid == child) code = info.code == CODE_EXITED ? info.status : 128 + info.status;
        if (is_server(info.pid)) server_ended = 1;
        call(__NR_wait4, info.pid, 0, 0, 0, 0);
        if (server_ended) kill_children();
    }
    call(__NR_exit_group, code, 0, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
