/* explore.c: the page as a whole: the graph is copied, swept and run, and what came out is put between the two halves of
 * the page that explore/ has. */
#include "explore_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static wg_status write_data(wg_exploration *e) {
  const char *name = wg_node_name(e->root);
  const char *title = e->options->title ? e->options->title : *name ? name : "A graph";
  wg_json_open(&e->json, NULL, '{');
  wg_json_integer(&e->json, "format", 1);
  wg_json_text(&e->json, "title", title);
  wg_json_text(&e->json, "subtitle", e->options->subtitle);
  wg_status status = wg_explore_sweep_write(e);
  if (status == WG_OK) status = wg_explore_derivation_write(e);
  if (status == WG_OK) status = wg_explore_tape_write(e);
  if (status == WG_OK) status = wg_explore_memory_write(e);
  if (status == WG_OK) status = wg_explore_check_write(e);
  if (status == WG_OK) status = wg_explore_training_write(e);
  wg_json_close(&e->json, '}');
  return status != WG_OK || !e->json.text.failed ? status : wg_error_memory(e->error);
}

static bool put(FILE *file, const void *bytes, size_t size) { return fwrite(bytes, 1, size, file) == size; }

static wg_status write_file(const wg_exploration *e, const char *path) {
  const wg_text *data = &e->json.text;
  FILE *file = fopen(path, "wb");
  if (!file) return wg_error_set(e->error, WG_ERROR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  errno = 0;
  bool written = put(file, wg_explore_page_head, wg_explore_page_head_size) && put(file, data->data, data->length) &&
                 put(file, wg_explore_page_tail, wg_explore_page_tail_size) && fflush(file) == 0;
  int reason = errno;
  bool closed = fclose(file) == 0; /* a network file system may find out only now that it is full */
  if (written && !closed) reason = errno;
  if (written && closed) return WG_OK;
  return wg_error_set(e->error, WG_ERROR_FILE, "%s: cannot be written: %s", path, strerror(reason));
}

wg_status wg_explore_write(const char *path, wg_node *root, size_t count, wg_node *const *wanted, size_t binding_count,
                           const wg_binding *bindings, const wg_explore_options *options, wg_error *error) {
  const wg_explore_options defaults = {0};
  if (!options) options = &defaults;
  const wg_allocator *allocator = options->allocator ? options->allocator : &wg_allocator_default;
  wg_exploration e = {.allocator = allocator, .options = options, .error = error};
  e.json.text = WG_TEXT_EMPTY(allocator);
  if (!path) return wg_error_set(error, WG_ERROR_ARGUMENT, "explore: there is no path to write to");
  wg_status status = wg_explore_copy(&e, root, count, wanted, binding_count, bindings);
  if (status == WG_OK) status = write_data(&e);
  if (status == WG_OK) status = write_file(&e, path);
  wg_text_free(&e.json.text);
  wg_release(allocator, e.adjoint_of);
  wg_release(allocator, e.bound);
  wg_release(allocator, e.bindings);
  wg_release(allocator, e.grad);
  wg_release(allocator, e.wanted);
  wg_tape_free(e.tape);
  return status;
}
