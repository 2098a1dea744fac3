/* read_names.h: the usual names of files of images and labels; internal. */
#ifndef WG_READ_NAMES_H
#define WG_READ_NAMES_H

#include "../engine/memory.h"
#include "error.h"

/* The file of images of a folder with the MNIST files: of the training part or the test part, train-images-idx3-ubyte or
 * t10k-images-idx3-ubyte, with .gz or without, with a dot before idx3 or a dash. The caller releases *path. Errors:
 * WG_ERROR_FILE (there is none), WG_ERROR_MEMORY. */
wg_status wg_image_file_find(const char *folder, bool test, const wg_allocator *allocator, char **path,
                             wg_error *error);

/* The file of labels beside a file of images: "images" in its name becomes "labels" and "idx3" becomes "idx1", with .gz or
 * without. The caller releases *path. Errors: WG_ERROR_FILE (there is none), WG_ERROR_MEMORY. */
wg_status wg_label_file_find(const char *images, const wg_allocator *allocator, char **path, wg_error *error);

#endif
