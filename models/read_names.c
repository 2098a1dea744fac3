#include "read_names.h"

#include "../engine/text.h"

#include <string.h>
#include <unistd.h>

/* Ends the path; true if such a file can be read, and then *path is it. */
static bool take_readable(wg_text *path, char **found) {
  if (path->failed || access(wg_text_string(path), R_OK) != 0) return false;
  *found = path->data;
  return true;
}

wg_status wg_image_file_find(const char *folder, bool test, const wg_allocator *allocator, char **path,
                             wg_error *error) {
  static const char *const endings[] = {"-idx3-ubyte", "-idx3-ubyte.gz", ".idx3-ubyte", ".idx3-ubyte.gz"};
  const char *part = test ? "t10k" : "train";
  *path = NULL;
  bool failed = false;
  for (size_t i = 0; !*path && !failed && i < sizeof endings / sizeof *endings; i++) {
    wg_text text = WG_TEXT_EMPTY(allocator);
    wg_text_print(&text, "%s/%s-images%s", folder, part, endings[i]);
    failed = text.failed;
    if (!take_readable(&text, path)) wg_text_free(&text);
  }
  if (*path) return WG_OK;
  if (failed) return wg_error_memory(error);
  return wg_error_set(error, WG_ERROR_FILE, "%s: the folder has no file %s-images-idx3-ubyte, with .gz or without",
                      folder, part);
}

/* The last place of `word` in a path's file name, or NULL. */
static const char *last_place(const char *path, const char *word) {
  const char *slash = strrchr(path, '/'), *last = NULL;
  for (const char *at = strstr(slash ? slash : path, word); at; at = strstr(at + 1, word)) last = at;
  return last;
}

wg_status wg_label_file_find(const char *images, const wg_allocator *allocator, char **path, wg_error *error) {
  const char *place = last_place(images, "images");
  *path = NULL;
  if (!place)
    return wg_error_set(error, WG_ERROR_FILE,
                        "%s: its labels are in another file, which cannot be told from a name without \"images\"",
                        images);
  wg_text name = WG_TEXT_EMPTY(allocator);
  wg_text_add_bytes(&name, images, (size_t)(place - images));
  wg_text_add(&name, "labels");
  const char *rest = place + strlen("images"), *axes = strstr(rest, "idx3");
  wg_text_add_bytes(&name, rest, axes ? (size_t)(axes - rest) : strlen(rest));
  if (axes) wg_text_print(&name, "idx1%s", axes + strlen("idx3"));
  size_t packed = !name.failed && name.length > 3 && strcmp(name.data + name.length - 3, ".gz") == 0 ? 3 : 0;
  bool failed = name.failed;
  for (int with = 0; !*path && !failed && with < 2; with++) { /* with .gz or without */
    wg_text text = WG_TEXT_EMPTY(allocator);
    wg_text_add_bytes(&text, name.data, name.length - packed);
    if (with == (packed ? 0 : 1)) wg_text_add(&text, ".gz");
    failed = text.failed;
    if (!take_readable(&text, path)) wg_text_free(&text);
  }
  wg_status status = WG_OK;
  if (failed)
    status = wg_error_memory(error);
  else if (!*path)
    status = wg_error_set(error, WG_ERROR_FILE, "%s: there is no file of its labels, %s, with .gz or without", images,
                          name.data);
  wg_text_free(&name);
  return status;
}
