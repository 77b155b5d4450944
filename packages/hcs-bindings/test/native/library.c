// A library that stands for vmcompute.dll, ole32.dll and libuv on the host of the tests: it has a few of their exports, with
// the same parameters, and does what its comments say.
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef uint32_t HRESULT;
typedef const uint16_t *PCWSTR;
typedef uint16_t *PWSTR;
typedef void (*Callback)(uint32_t type, void *context, HRESULT status, PCWSTR data);

static int made, freed;

static size_t length(PCWSTR text) {
  size_t n = 0;
  while (text[n]) n++;
  return n;
}

static PWSTR copy(PCWSTR text) {
  size_t bytes = (length(text) + 1) * sizeof *text;
  PWSTR copied = malloc(bytes);
  memcpy(copied, text, bytes);
  __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
  return copied;
}

static PWSTR ascii(const char *text) {
  uint16_t wide[256];
  size_t n = 0;
  for (; text[n] && n < 255; n++) wide[n] = (unsigned char)text[n];
  wide[n] = 0;
  return copy(wide);
}

void CoTaskMemFree(void *memory) {
  __atomic_add_fetch(&freed, 1, __ATOMIC_SEQ_CST);
  free(memory);
}

int uv_open_osfhandle(void *handle) { return (int)(intptr_t)handle; }

// Returns how many texts were made and freed.
HRESULT HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response) {
  char text[64];
  snprintf(text, sizeof text, "%d made, %d freed", made, freed);
  *response = ascii(text);
  return 0;
}

// The query comes back as the properties, and again as the result. An empty query: neither.
HRESULT HcsGetServiceProperties(PCWSTR query, PWSTR *properties, PWSTR *result) {
  if (!*query) return 0x80070490;
  *properties = copy(query);
  *result = copy(query);
  return 0xC0370103;
}

// A handle that no double can hold.
HRESULT HcsCreateComputeSystem(PCWSTR id, PCWSTR configuration, void *identity, void **system, PWSTR *result) {
  *system = (void *)(0xFFFFFFFF00000001u + (uintptr_t)identity);
  return 0xC0370103;
}

HRESULT HcsCloseComputeSystem(void *system) { return (uintptr_t)system == 0xFFFFFFFF00000008u ? 0 : 0x80070006; }

// Sleeps as many milliseconds as the process id says.
HRESULT HcsOpenProcess(void *system, uint32_t pid, void **process, PWSTR *result) {
  usleep(pid * 1000);
  *process = (void *)(uintptr_t)pid;
  return 0;
}

struct information {
  uint32_t pid, reserved;
  void *in, *out, *error;
};

// A process that is a pipe: what is written to its input is what its output says.
HRESULT HcsCreateProcess(void *system, PCWSTR parameters, struct information *information, void **process, PWSTR *result) {
  int ends[2];
  if (pipe(ends) != 0) return 0x8007001F;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  information->pid = 4711;
  information->in = (void *)(intptr_t)ends[1];
  information->out = (void *)(intptr_t)ends[0];
  *process = (void *)0x77;
  return 0;
}

struct registration {
  Callback callback;
  void *context;
  uintptr_t kind;
  pthread_t thread;
};

static void *notify(void *argument) {
  struct registration *it = argument;
  static const uint16_t text[] = {'{', 0x00E9, '}', 0};
  if (it->kind == 3) usleep(50000);
  it->callback(2, it->context, 0, NULL);
  it->callback(0x10000, it->context, 0xC0370106, text);
  it->callback(1, (void *)((uintptr_t)it->context + 1000), 0, NULL);
  return NULL;
}

// A thread of its own notifies twice, and once for a context that nobody has. Handle 1: registering fails. Handle 2: it has
// notified before this returns. Handle 3: it notifies a while after.
HRESULT HcsRegisterComputeSystemCallback(void *system, Callback callback, void *context, void **handle) {
  struct registration *it = malloc(sizeof *it);
  *it = (struct registration){callback, context, (uintptr_t)system};
  if (it->kind == 1) {
    free(it);
    return 0x80070006;
  }
  pthread_create(&it->thread, NULL, notify, it);
  if (it->kind == 2) usleep(50000);
  *handle = it;
  return 0;
}

// Waits for calls under way, as HCS does.
HRESULT HcsUnregisterComputeSystemCallback(void *handle) {
  struct registration *it = handle;
  pthread_join(it->thread, NULL);
  free(it);
  return 0;
}

struct driver {
  int32_t flavour;
  PCWSTR home;
};

struct descriptor {
  unsigned char guid[16];
  uint32_t flags;
  PCWSTR path;
};

// 0 when all was passed as the test says it: flavour 1, and two parents or none.
HRESULT PrepareLayer(const struct driver *info, PCWSTR id, const struct descriptor *layers, uint32_t count) {
  static const unsigned char first[] = {0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
  if (info->flavour != 1 || *info->home) return 1;
  if (id[0] != 'C') return 2;
  if (count == 0) return layers == NULL ? 0 : 3;
  if (count != 2 || memcmp(layers[0].guid, first, 16) || layers[0].flags != 0 || layers[0].path[0] != 'p') return 4;
  return layers[1].flags == 0x80000000 && layers[1].path[0] == 'b' ? 0 : 5;
}

// The path of a layer is its id.
HRESULT GetLayerMountPath(const struct driver *info, PCWSTR id, size_t *units, PWSTR buffer) {
  size_t needed = length(id) + 1;
  if (length(id) == 0) needed = 0;
  if (buffer) memcpy(buffer, id, *units * sizeof *id);
  *units = needed;
  return 0;
}

HRESULT NameToGuid(PCWSTR name, unsigned char *guid) {
  for (int i = 0; i < 16; i++) guid[i] = (unsigned char)i;
  return 0;
}

HRESULT LayerExists(const struct driver *info, PCWSTR id, uint32_t *exists) {
  *exists = id[0] == 'y';
  return 0;
}

HRESULT ExpandSandboxSize(const struct driver *info, PCWSTR id, uint64_t size) { return size == 0x100000000ull ? 0 : 0x80070057; }
