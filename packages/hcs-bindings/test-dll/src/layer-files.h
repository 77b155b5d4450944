/* Folders of layers: walked, compared, and laid over each other. */
#ifndef ORIEL_TEST_LAYER_FILES_H
#define ORIEL_TEST_LAYER_FILES_H
#include "service.h"

/* Called with the path of each entry of a folder, and the path of that name in another. */
typedef HRESULT visitor(PCWSTR path, PCWSTR other, const WIN32_FIND_DATAW *found, void *context);
HRESULT each_in_folder(PCWSTR folder, PCWSTR other, visitor *visit, void *context);

int is_link(PCWSTR path);
int is_plain_folder(PCWSTR path);
int same_file(PCWSTR a, PCWSTR b);
/* Whether all but times and content is the same. */
int same_metadata(PCWSTR a, PCWSTR b);
/* Whether they were last written at the same time. */
int same_times(PCWSTR a, PCWSTR b);

/* Adds to `view` what `below` has and it has not: folders as copies, files as hard links. */
HRESULT view_add(PCWSTR below, PCWSTR view);
HRESULT remove_tree(PCWSTR path);

HRESULT transport_import(PCWSTR layer, PCWSTR folder, PCWSTR parent);
/* @param view the folder that shows the layer with all that is below it */
HRESULT transport_export(PCWSTR layer, PCWSTR view, PCWSTR parent, PCWSTR folder);
#endif
