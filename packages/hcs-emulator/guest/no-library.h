/* What programs of ours that run on a Linux host on x86-64 share, as they have no C library. Returns of `call` are the kernel's: -errno. */

static long call(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

/* Ends what it writes with a 0, and returns where that is. */
static char *add_text(char *to, const char *text) { while (*text) *to++ = *text++; *to = 0; return to; }

static char *add_number(char *to, unsigned long number)
{
    char digits[24], *at = digits + sizeof digits;
    *--at = 0;
    do *--at = (char)('0' + number % 10); while (number /= 10);
    return add_text(to, at);
}

static unsigned long number(const char *word)
{
    unsigned long value = 0;
    for (; *word >= '0' && *word <= '9'; word++) value = value * 10 + (unsigned long)(*word - '0');
    return value;
}

static int equal(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++);
    return *a == *b;
}
