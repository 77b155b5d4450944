/*
 * Disks are files that say how large they would be. What is on the disk `x.vhdx` is in the folder `x-volume` beside it, once the disk
 * was laid over a layer.
 */
#ifndef ORIEL_TEST_DISKS_H
#define ORIEL_TEST_DISKS_H
#include "service.h"

HRESULT disk_write(PCWSTR path, UINT64 size, PCWSTR parent, int replace);
/* Never shrinks it. */
HRESULT disk_grow(PCWSTR path, UINT64 size);
HRESULT disk_attach(PCWSTR path);
HRESULT disk_detach(PCWSTR path);
/* Lays it over a layer. NOT_READY where it is not attached, SHARING_VIOLATION where it lies over one. */
HRESULT disk_prepare(PCWSTR path, PCWSTR parent);
HRESULT disk_unprepare(PCWSTR path);
int disk_is_prepared(PCWSTR path);
/* `\\?\Volume{…}` without a backslash at its end; NULL where it is not attached. */
WCHAR *disk_volume(PCWSTR path);
/* The disk behind a volume path; NULL where there is none. */
WCHAR *disk_of_volume(PCWSTR volume);
WCHAR *disk_view(PCWSTR path);
#endif
