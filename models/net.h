/* net.h: the lecture's nets A to E, and those that come after them: a convolutional net for images and three language
 * models. Each is graph code in a small file of its own (neuron.c, softmax_classifier.c, columns.c, two_layer.c,
 * layers.c, cnn.c, rnn.c, transformer.c); here they have one interface. */
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
  WG_NET_LAYERS,      /* E: any number of layers like D's; samples are rows */
  WG_NET_CNN,         /* cnn: convolution, relu and pooling, twice, then layers like E's; a row is an image */
  WG_NET_RNN,         /* rnn: predicts each next character of a text with recurrent layers; a row is T characters */
  WG_NET_LSTM,        /* lstm: the same with long short-term memory */
  WG_NET_TRANSFORMER, /* transformer: the same with causal attention */
  WG_NET_KIND_COUNT
} wg_net_kind;

/* What stands between layers: of E, of cnn, in the cells of rnn (relu or tanh), in the blocks of transformer. */
typedef enum wg_activation {
  WG_ACTIVATION_RELU,
  WG_ACTIVATION_SIGMOID,
  WG_ACTIVATION_TANH,
  WG_ACTIVATION_LEAKY_RELU, /* slope 0.01 below 0 */
  WG_ACTIVATION_ELU,        /* α = 1 */
  WG_ACTIVATION_GELU,
  WG_ACTIVATION_GELU_TANH, /* gelu by the approximation with tanh, as in GPT-2 */
  WG_ACTIVATION_SILU,
  WG_ACTIVATION_COUNT
} wg_activation;

WG_API const char *wg_activation_text(wg_activation activation); /* "relu", "leaky_relu" …; "" out of range */
WG_API bool wg_activation_find(const char *name, wg_activation *activation);

/* Records activation(z); out of range it is a failure of the tape. */
WG_API wg_node *wg_activate(wg_activation activation, wg_node *z);

/* A net by its letter ("D" or "d") or name ("spiral", "cnn"). False, and *kind as it was, if there is none. */
WG_API bool wg_net_find(const char *name, wg_net_kind *kind);
WG_API const char *wg_net_letter(wg_net_kind kind); /* "D"; "" for a net that is not the lecture's, and out of range */
WG_API const char *wg_net_name(wg_net_kind kind);   /* neuron, softmax, columns, spiral, layers, cnn …; "" … */
WG_API const char *wg_net_label(wg_net_kind kind);  /* the letter of the lecture's, the name of the others */
WG_API const char *wg_net_title(wg_net_kind kind);  /* one line for a list: "two layers, ReLU, …"; "" out of range */
WG_API bool wg_net_is_sequence(wg_net_kind kind);   /* rnn, lstm, transformer: rows of X are T indices */

/* What to build. Start from wg_net_spec_of(kind), which has the lecture's sizes, or small ones, and change what is to be
 * different. Plain values but for `widths`, so that a copy is a copy. */
typedef struct wg_net_spec {
  wg_net_kind kind;
  wg_dtype dtype;  /* WG_F32 or WG_F64 */
  int64_t samples; /* m, 0 or more */
  /* What goes in, hidden widths, what comes out, each 1 or more; count 0 with NULL means those of wg_net_spec_of.
   * A (with 1 output), B: 2 numbers. C, D: 3. E, cnn: 2 or more. rnn, lstm: 3 or more, vocabulary, the width of each
   * recurrent layer, vocabulary. transformer: 3, vocabulary, width, vocabulary. */
  size_t width_count;
  const int64_t *widths;
  wg_activation activation; /* E, cnn, rnn, transformer */
  bool class_indices;       /* B, D, E, cnn: Y is (m) class indices, i64, instead of (m,K) one-hot rows */
  bool unfused;             /* A only: J from the probability a (σ, then BCE), not from the logit z (one fused rule) */

  /* Regularization of E, cnn, rnn, lstm, transformer. It is part of the graph only while learning: to evaluate and to
   * predict, a net is recorded without. */
  bool learning;
  double dropout; /* p, 0 ≤ p < 1: while learning, hidden values are 0 with probability p, the others 1/(1−p) times
                       as large (inverted dropout: Srivastava et al., JMLR 15, 2014) */
  double smoothing; /* ε, 0 ≤ ε < 1: while learning, the targets are (1−ε)·y + ε/K (Szegedy et al., CVPR 2016) */

  /* cnn: channels, height, width of an image, whose product is widths[0], all 0 for one square channel; filters of the
   * two convolutions; the side of their kernels, odd. */
  int64_t image[3], filters[2], kernel;

  int64_t steps;         /* rnn, lstm, transformer: T, characters of a sample */
  int64_t blocks, heads; /* transformer: how many blocks; attention heads of each, which divide the width */

  const wg_allocator *allocator; /* copied; NULL means malloc and free */
} wg_net_spec;

/* The lecture's net of that kind, in f64: D has 300 samples and widths 2, 4, 3. The others are small enough to be
 * checked. */
WG_API wg_net_spec wg_net_spec_of(wg_net_kind kind);

/* A recorded net. Read only; the nodes belong to the tape, the tape to the net. */
typedef struct wg_net {
  wg_net_spec spec; /* as built: widths filled in (and the net's own), allocator NULL */
  wg_tape *tape;
  wg_node *X; /* input: rows (m,features), in A and C columns (features,m); sequences (m,T) i64 */
  wg_node *Y; /* input: targets: rows (m,K), in A and C columns (outputs,m), class indices (m), sequences (m,T) i64 */
  wg_node *seed;   /* input: i64 scalar, for the masks of this step; NULL for a net without dropout, or not learning */
  wg_node *logits; /* what goes into the last σ or softmax: z, Z, Z2 …; of sequences (m·T,K) */
  wg_node *prediction; /* what comes out of it, probabilities: a, A, ŷ, A2 … */
  wg_node *J;          /* the loss, a scalar: the mean over the m samples, of sequences over the m·T characters */
  size_t param_count;
  wg_node **params; /* W1, b1, W2, b2 …, in tape order */
  size_t named_count;
  wg_node **named; /* every node that has a name, in tape order: X, Y, W1, b1, Z1, A1, W2, b2, Z2, J, A2 … */
} wg_net;

/* Records the net on a tape of its own. Returns NULL only without memory for the net itself; every other failure is
 * its status: WG_ERROR_ARGUMENT (kind, number of widths, dropout, activation, heads …), WG_ERROR_SHAPE (a width below 1,
 * a negative number of samples, sizes that overflow or do not go together), WG_ERROR_DTYPE, WG_ERROR_MEMORY. Plans of its
 * tape must be freed before it. */
WG_API wg_net *wg_net_new(const wg_net_spec *spec);
WG_API void wg_net_free(wg_net *net);
WG_API wg_status wg_net_status(const wg_net *net); /* WG_ERROR_MEMORY for NULL */
WG_API const char *wg_net_error(const wg_net *net);

/* These read net->spec alone. */
WG_API int64_t wg_net_features(const wg_net *net);         /* numbers of a sample: the first width; of sequences T */
WG_API int64_t wg_net_labels(const wg_net *net);           /* labels of a sample: 1; of sequences T */
WG_API int64_t wg_net_outputs(const wg_net *net);          /* the last width */
WG_API int64_t wg_net_classes(const wg_net *net);          /* 2 where the one output is a probability, else outputs */
WG_API bool wg_net_samples_are_columns(const wg_net *net); /* A and C */
WG_API int64_t wg_net_param_elements(const wg_net *net);   /* numbers learned: 27 for D */

/* ---- The graph code ---- */

/* The nodes that every net has; the others are found on the tape. */
typedef struct wg_net_nodes {
  wg_node *X, *Y, *logits, *prediction, *J;
  wg_node *seed; /* NULL where there is no dropout */
} wg_net_nodes;

/* Each records its net on the tape and names the nodes as the lecture does. spec->widths must be filled in and of the
 * number that the net has. Failures stay on the tape. */
WG_API wg_net_nodes wg_neuron(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_softmax_classifier(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_columns(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_two_layer(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_layers(wg_tape *t, const wg_net_spec *spec);

WG_API wg_net_nodes wg_cnn(wg_tape *t, const wg_net_spec *spec);
WG_API wg_net_nodes wg_recurrent_net(wg_tape *t, const wg_net_spec *spec); /* rnn and lstm */
WG_API wg_net_nodes wg_transformer(wg_tape *t, const wg_net_spec *spec);

/* The targets of B, D, E and cnn: an input Y of (m,K) rows, or of (m) class indices. */
WG_API wg_node *wg_class_targets(wg_tape *t, const wg_net_spec *spec);

/* ---- Weights: memory for the parameters, apart from any one recording ---- */

/* What a parameter is. In every net the first letter of its name says so. */
typedef enum wg_role {
  WG_ROLE_MATRIX,    /* W */
  WG_ROLE_KERNEL,    /* K: of a convolution, (filters,channels,height,width) */
  WG_ROLE_EMBEDDING, /* E, P: a row for each character, for each position */
  WG_ROLE_BIAS,      /* b; in A too */
  WG_ROLE_GAIN       /* g: of a normalization */
} wg_role;

/* data[k] holds the elements of the net's params[k], row-major, size[k] of them, in the net's dtype. The memory serves
 * every net of the same kind and widths, whatever its number of samples. The elements are the caller's to change. */
typedef struct wg_weights {
  wg_dtype dtype;
  size_t count;
  int64_t *size;
  void **data;
  char **name; /* "W1", "b1" …, unique */
  wg_shape *shape;
  wg_role *role; /* weight decay is usually for matrices and kernels alone */
} wg_weights;

/* Zeros for the net's parameters, or NULL without memory or for a net that failed. The caller frees them.
 * `allocator` is copied; NULL means malloc and free. */
WG_API wg_weights *wg_weights_new(const wg_net *net, const wg_allocator *allocator);
WG_API void wg_weights_free(wg_weights *weights);

/* Initial values, drawn in the order of the parameters: matrices and kernels by `init` with their own fan-in and fan-out
 * (of a kernel: times its height and width), those of recurrent cells gate by gate. Biases are 0, but 1 for the forget
 * gates of lstm, which so remembers from the start (Jozefowicz et al., ICML 2015); gains 1. Embeddings are N(0, 1), in
 * transformer N(0, 0.02²); there what is added to the residual stream begins 1/√(2·blocks) times as large (Radford et
 * al., Language models are unsupervised multitask learners, 2019). */
WG_API void wg_weights_init(wg_weights *weights, const wg_net *net, wg_init init, wg_random *random);

/* Binds all parameters of the net, which needs params of these sizes and dtype, to a plan of its tape. Errors:
 * WG_ERROR_ARGUMENT. */
WG_API wg_status wg_weights_bind(const wg_weights *weights, const wg_net *net, wg_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
