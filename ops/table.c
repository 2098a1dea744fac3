#include "ops.h"

#include <string.h>

#define WG_OP(name, parameters) extern const wg_op wg_op_##name;
#include "table.h"
#undef WG_OP

static const wg_op *const table[] = {
#define WG_OP(name, parameters) &wg_op_##name,
#include "table.h"
#undef WG_OP
};

size_t wg_op_count(void) { return sizeof table / sizeof *table; }

const wg_op *wg_op_at(size_t i) { return i < wg_op_count() ? table[i] : NULL; }

const wg_op *wg_op_find(const char *name) {
  for (size_t i = 0; name && i < wg_op_count(); i++)
    if (!strcmp(table[i]->name, name)) return table[i];
  return NULL;
}
