/* net.h: the lecture's nets. Each is graph code in a small file of its own (neuron.c, softmax_classifier.c, columns.c,
 * two_layer.c, layers.c); here they have one interface. */
#ifndef WG_NET_H
#define WG_NET_H

#include "../engine/plan.h"
#include "error.h"
#include "random.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_net_kind {
  WG_NET_NEURON,  /* A: z = w·x + b, a = σ(z), binary cross-entropy; samples are columns */
  WG_NET_SOFTMAX, /* B: Z = X·W + b, A = SM(Z), cross-entropy; samples are rows */
  WG_NET_COLUMNS, /* C: two layers, sigmoid and binary cross-entropy; samples are columns */
  WG_NET_SPIRAL, /* D: two layers, relu and softmax cross-entropy: the main example, 300×2 → 4 → 3; samples are rows */
  WG_NET_LAYERS, /* E: any number of layers like D's; samples are rows */
  WG_NET_KIND_COUNT
} wg_net_kind;

/* What stands between the layers of net E. */
typedef enum wg_activation { WG_ACTIVATION_RELU, WG_ACTIVATION_SIGMOID, WG_ACTIVATION_TANH } wg_activation;

WG_API const char *wg_activation_text(wg_activation activation); /* "relu", "sigmoid", "tanh" */
WG_API bool wg_activation_find(const char *name, wg_activation *activation);

/* A net by its letter ("D" or "d") or long name ("spiral"). False, and *kind as it was, if there is none. */
WG_API bool wg_net_find(const char *name, wg_net_kind *kind);
WG_API const char *wg_net_letter(wg_net_kind kind); /* "D"; "" out of range */
WG_API const char *wg_net_name(wg_net_kind kind);   /* neuron, softmax, columns, spiral, layers; "" out of range */
WG_API const char *wg_net_title(wg_net_kind kind);  /* one line for a list: "two layers, ReLU, …"; "" out of range */

/* What to build. Start from wg_net_spec_of(kind), which has the lecture's sizes, and change what is to be different. */
typedef struct wg_net_spec {
  wg_net_kind kind;
  wg_dtype dtype;  /* WG_F32 or WG_F64 */
  int64_t samples; /* m, 0 or more */
  /* Features, hidden widths, outputs, each 1 or more: 2 numbers for A (with 1 output) and B, 3 for C and D, 2 or more
   * for E. Count 0 with NULL means the lecture's own. */
  size_t width_count;
  const int64_t *widths;
  wg_activation activation; /* E only */
  bool class_indices;       /* B, D, E: Y is (m) class indices, i64, instead of (m,K) one-hot rows */
  bool unfused;             /* A only: J from the probability a (σ, then BCE), not from the logit z (one fused rule) */
  const wg_allocator *allocator; /* copied; NULL means malloc and free */
} wg_net_spec;

/* The lecture's net of that kind, in f64: D has 300 samples and widths 2, 4, 3. */
WG_API wg_net_spec wg_net_spec_of(wg_net_kind kind);

/* A recorded net. Read only; the nodes belong to the tape, the tape to the net. */
typedef struct wg_net {
  wg_net_spec spec; /* as built: widths filled in (and the net's own), allocator NULL */
  wg_tape *tape;
  wg_node *X;          /* input: samples as rows (m,features), in A and C as columns (features,m) */
  wg_node *Y;          /* input: targets: rows (m,K), in A and C columns (outputs,m), or (m) class indices */
  wg_node *logits;     /* what goes into the last σ or softmax: z, Z, Z2 … */
  wg_node *prediction; /* what comes out of it, probabilities: a, A, ŷ, A2 … */
  wg_node *J;          /* the loss, a scalar: the mean over the m samples */
  size_t param_count;
  wg_node **params; /* W1, b1, W2, b2 …, in this order */
  size_t named_count;
  wg_node **named; /* every node that has a name, in tape order: X, Y, W1, b1, Z1, A1, W2, b2, Z2, J, A2 … */
} wg_net;

/* Records the net on a tape of its own. Returns NULL only without memory for the net itself; every other failure is
 * its status: WG_ERROR_ARGUMENT (kind, number of widths), WG_ERROR_SHAPE (a width below 1, a negative number of
 * samples, sizes that overflow), WG_ERROR_DTYPE, WG_ERROR_MEMORY. Plans of its tape must be freed before it. */
WG_API wg_net *wg_net_new(const wg_net_spec *spec);
WG_API void wg_net_free(wg_net *net);
WG_API wg_status wg_net_status(const wg_net *net); /* WG_ERROR_MEMORY for NULL */
WG_API const char *wg_net_error(const wg_net *net);

WG_API int64_t wg_net_features(const wg_net *net);         /* the first width */
WG_API int64_t wg_net_outputs(const wg_net *net);          /* the last */
WG_API int64_t wg_net_classes(const wg_net *net);          /* 2 where the one output is a probability, else outputs */
WG_API bool wg_net_samples_are_columns(const wg_net *net); /* A and C */
WG_API int64_t wg_net_param_elements(const wg_net *net);   /* numbers learned: 27 for D */

/* ---- The graph code ---- */

/* The nodes that every net has; the others are found on the tape. */
typedef struct wg_net_nodes {
  wg_node *X, *Y, *logits, *prediction, *J;
} wg_net_nodes;

/* Each records its net on the tape and names the nodes as the lecture does. spec->widths must be filled in and of the
 * number that the net has. Failures stay on the tape. */
WG_API wg_net_nodes wg_neuron(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_softmax_classifier(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_columns(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_two_layer(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_layers(wg_tape *t, const wg_net_spec *spec);

/* The targets of B, D and E: an input Y of (m,K) rows, or of (m) class indices. */
WG_API wg_node *wg_class_targets(wg_tape *t, const wg_net_spec *spec);

/* ---- Weights: memory for the parameters, apart from any one recording ---- */

/* data[k] holds the elements of the net's params[k], row-major, size[k] of them, in the net's dtype. The memory serves
 * every net of the same kind and widths, whatever its number of samples. The elements are the caller's to change. */
typedef struct wg_weights {
  wg_dtype dtype;
  size_t count;
  int64_t *size;
  void **data;
} wg_weights;

/* Zeros for the net's parameters, or NULL without memory or for a net that failed. The caller frees them.
 * `allocator` is copied; NULL means malloc and free. */
WG_API wg_weights *wg_weights_new(const wg_net *net, const wg_allocator *allocator);
WG_API void wg_weights_free(wg_weights *weights);

/* Initial values: biases zero, each weight matrix by `init` with its own fan-in and fan-out. */
WG_API void wg_weights_init(wg_weights *weights, const wg_net *net, wg_init init, wg_random *random);

/* Binds all parameters of the net, which needs params of these sizes and dtype, to a plan of its tape. Errors:
 * WG_ERROR_ARGUMENT. */
WG_API wg_status wg_weights_bind(const wg_weights *weights, const wg_net *net, wg_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
