/* What virtdisk.dll does with the handles of disks. */
#ifndef ORIEL_TEST_DISK_HANDLES_H
#define ORIEL_TEST_DISK_HANDLES_H
#include "service.h"

HRESULT disk_create(PCWSTR path, UINT64 size, PCWSTR parent, HANDLE *handle);
HRESULT disk_open(PCWSTR path, HANDLE *handle);
HRESULT disk_expand(HANDLE handle, UINT64 size);
/* N of `\\.\PhysicalDriveN`; 0 where it is not attached. */
int disk_number(HANDLE handle);
#endif
