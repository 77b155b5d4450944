// A library that stands for computestorage.dll, virtdisk.dll and the functions of Windows that calls into them need. Each of their
// exports writes down what it was given, which HNSCall answers. Declared after
// https://learn.microsoft.com/virtualization/api/hcs/reference/apioverview and https://learn.microsoft.com/windows/win32/api/virtdisk
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t HRESULT;
typedef void *HANDLE;
typedef const uint16_t *PCWSTR;
typedef uint16_t *PWSTR;

static char written[8192];

static HRESULT put(const char *format, ...) {
  size_t used = strlen(written);
  va_list values;
  va_start(values, format);
  vsnprintf(written + used, sizeof written - used, format, values);
  va_end(values);
  strncat(written, "\n", sizeof written - strlen(written) - 1);
  return 0;
}

// Of the texts of one call, ASCII all.
static const char *ascii(PCWSTR text) {
  static char texts[8][256];
  static int next;
  char *to = texts[next++ % 8];
  size_t n = 0;
  if (!text) return "(none)";
  for (; text[n] && n < 255; n++) to[n] = (char)text[n];
  to[n] = 0;
  return to;
}

static void wide(PWSTR to, const char *text) {
  do *to++ = (unsigned char)*text;
  while (*text++);
}

static PWSTR allocated(const char *text) {
  PWSTR to = malloc((strlen(text) + 1) * sizeof *to);
  wide(to, text);
  return to;
}

void CoTaskMemFree(void *memory) {
  put("free");
  free(memory);
}

HRESULT HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response) {
  *response = allocated(written);
  *written = 0;
  return 0;
}

#define TEXTS1(name) HRESULT name(PCWSTR a) { return put(#name " %s", ascii(a)); }
#define TEXTS2(name) HRESULT name(PCWSTR a, PCWSTR b) { return put(#name " %s %s", ascii(a), ascii(b)); }
#define TEXTS3(name) HRESULT name(PCWSTR a, PCWSTR b, PCWSTR c) { return put(#name " %s %s %s", ascii(a), ascii(b), ascii(c)); }
#define TEXTS4(name) \
  HRESULT name(PCWSTR a, PCWSTR b, PCWSTR c, PCWSTR d) { return put(#name " %s %s %s %s", ascii(a), ascii(b), ascii(c), ascii(d)); }

TEXTS3(HcsImportLayer)
TEXTS4(HcsExportLayer)
TEXTS1(HcsDestroyLayer)
TEXTS3(HcsSetupBaseOSVolume)
TEXTS3(HcsInitializeWritableLayer)
TEXTS4(HcsInitializeLegacyWritableLayer)
TEXTS4(HcsExportLegacyWritableLayer)
TEXTS2(HcsAttachLayerStorageFilter)
TEXTS1(HcsDetachLayerStorageFilter)
TEXTS2(HcsAttachOverlayFilter)
TEXTS1(HcsDetachOverlayFilter)

HRESULT HcsSetupBaseOSLayer(PCWSTR layer, HANDLE vhd, PCWSTR options) {
  return put("HcsSetupBaseOSLayer %s %p %s", ascii(layer), vhd, ascii(options));
}

HRESULT HcsFormatWritableLayerVhd(HANDLE vhd) { return put("HcsFormatWritableLayerVhd %p", vhd); }

HRESULT HcsGetLayerVhdMountPath(HANDLE vhd, PWSTR *path) {
  *path = allocated("\\\\?\\Volume{1}");
  return put("HcsGetLayerVhdMountPath %p", vhd);
}

typedef struct { uint32_t data1; uint16_t data2, data3; unsigned char data4[8]; } GUID;
typedef struct { uint32_t device; GUID vendor; } VIRTUAL_STORAGE_TYPE;

typedef struct {
  uint32_t version;
  union {
    struct {
      GUID unique;
      uint64_t size;
      uint32_t block, sector, physical;
      PCWSTR parent, source;
      uint32_t flags;
      VIRTUAL_STORAGE_TYPE parentType, sourceType;
      GUID resiliency;
    } two;
  };
} CREATE_VIRTUAL_DISK_PARAMETERS;

typedef struct { uint32_t version; struct { int32_t infoOnly, readOnly; GUID resiliency; } two; } OPEN_VIRTUAL_DISK_PARAMETERS;
typedef struct { uint32_t version; union { uint32_t reserved; struct { uint64_t offset, length; } two; }; } ATTACH_VIRTUAL_DISK_PARAMETERS;
typedef struct { uint32_t version; union { uint64_t size; }; } EXPAND_VIRTUAL_DISK_PARAMETERS;

// A handle that no double can hold.
#define DISK ((HANDLE)0xFFFFFFFF00000042u)

uint32_t CreateVirtualDisk(VIRTUAL_STORAGE_TYPE *type, PCWSTR path, uint32_t access, void *security, uint32_t flags, uint32_t provider,
                           CREATE_VIRTUAL_DISK_PARAMETERS *wanted, void *overlapped, HANDLE *disk) {
  *disk = DISK;
  return put("CreateVirtualDisk %u %x %s %u %u %u %p v%u %llu %u %u %s %u", type->device, type->vendor.data1, ascii(path), access, flags,
             provider, overlapped, wanted->version, (unsigned long long)wanted->two.size, wanted->two.block, wanted->two.sector,
             ascii(wanted->two.parent), wanted->two.parentType.device);
}

// ERROR_FILE_NOT_FOUND, unless the path begins with C.
uint32_t OpenVirtualDisk(VIRTUAL_STORAGE_TYPE *type, PCWSTR path, uint32_t access, uint32_t flags, OPEN_VIRTUAL_DISK_PARAMETERS *wanted,
                         HANDLE *disk) {
  put("OpenVirtualDisk %u %s %u %u v%u %d %d", type->device, ascii(path), access, flags, wanted->version, wanted->two.infoOnly,
      wanted->two.readOnly);
  *disk = DISK;
  return *path == 'C' ? 0 : 2;
}

uint32_t AttachVirtualDisk(HANDLE disk, void *security, uint32_t flags, uint32_t provider, ATTACH_VIRTUAL_DISK_PARAMETERS *wanted, void *overlapped) {
  return put("AttachVirtualDisk %p %p %u %u v%u", disk, security, flags, provider, wanted->version);
}

uint32_t DetachVirtualDisk(HANDLE disk, uint32_t flags, uint32_t provider) { return put("DetachVirtualDisk %p %u %u", disk, flags, provider); }

uint32_t GetVirtualDiskPhysicalPath(HANDLE disk, uint32_t *bytes, PWSTR path) {
  wide(path, "\\\\.\\PhysicalDrive1");
  return put("GetVirtualDiskPhysicalPath %p %u", disk, *bytes);
}

// A code of virtual disks, which is an HRESULT already, for a size of 0.
uint32_t ExpandVirtualDisk(HANDLE disk, uint32_t flags, EXPAND_VIRTUAL_DISK_PARAMETERS *wanted, void *overlapped) {
  put("ExpandVirtualDisk %p %u v%u %llu", disk, flags, wanted->version, (unsigned long long)wanted->size);
  return wanted->size ? 0 : 0xC03A0012;
}

// kernel32, advapi32 and ntdll: a Windows Server 2019, and an account without privileges.
HANDLE CreateFileW(PCWSTR path, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, HANDLE template) {
  put("CreateFileW %s %x", ascii(path), access);
  return (HANDLE)0x77;
}

int32_t CloseHandle(HANDLE handle) {
  put("CloseHandle %p", handle);
  return handle != NULL;
}

uint32_t GetLastError(void) { return 6; }
intptr_t GetCurrentProcess(void) { return -1; }
int32_t OpenProcessToken(HANDLE process, uint32_t access, HANDLE *token) { return 0; }
uint32_t RegGetValueW(HANDLE key, PCWSTR path, PCWSTR name, uint32_t flags, void *type, void *value, uint32_t *size) { return 2; }

uint32_t RtlGetVersion(uint32_t *version) {
  version[3] = 17763;
  return 0;
}
