/* recurrent.c: recurrent cells and the sequences made of them, recorded as matrix products, slices and activations.
 *
 *     RNN    h' = tanh(a)                      a = W_ih·x + b_ih + W_hh·h + b_hh
 *     GRU    h' = (1 − z) ⊙ n + z ⊙ h          r, z = σ(a_r), σ(a_z);  n = tanh(W_in·x + b_in + r ⊙ (W_hn·h + b_hn))
 *     LSTM   c' = f ⊙ c + i ⊙ g,  h' = o ⊙ tanh(c')                    i, f, g, o = σ(a_i), σ(a_f), tanh(a_g), σ(a_o)
 *
 * for rows x of a batch (N,I) and states h (N,H). The gates lie one after another in the rows of the weights, in
 * PyTorch's order: (r,z,n) and (i,f,g,o). In a sequence, W_ih·x + b_ih is one product for all its steps.
 * Sources: Hochreiter, Schmidhuber, 1997; Cho and others, 2014. */
#include "../engine/memory.h"
#include "../engine/tape_internal.h"
#include "layer.h"

#include <string.h>

enum { X, STATE, WEIGHT_X, WEIGHT_H, BIAS_X, BIAS_H, INPUTS };
enum { ACTIVATION };

/* A kind of cell: how many gates there are in its weights, whether its state is (2,N,H), h and c, and its next state,
 * from the state and x's part of the gates, (N, gates·H). */
typedef struct cell {
  int64_t gates;
  bool pair;
  wg_node *(*next)(const wg_draft *draft, wg_node *from_x, wg_node *state);
} cell;

/* ---- Cells ---- */

/* h's part of the gates: h·W_hhᵀ + b_hh. */
static wg_node *from_state(const wg_draft *draft, wg_node *h) {
  return wg_linear(h, draft->inputs[WEIGHT_H], wg_input_at(draft, BIAS_H));
}

/* Gate number k of (N, gates·H). */
static wg_node *gate(const wg_draft *draft, wg_node *gates, int64_t k) {
  int64_t width = draft->inputs[WEIGHT_H]->shape->size[1];
  return wg_narrow(gates, 1, k * width, width);
}

static wg_node *rnn_next(const wg_draft *draft, wg_node *from_x, wg_node *h) {
  wg_node *sum = wg_add(from_x, from_state(draft, h));
  return strcmp(draft->attrs[ACTIVATION].text, "relu") ? wg_tanh(sum) : wg_relu(sum);
}

static wg_node *gru_next(const wg_draft *draft, wg_node *from_x, wg_node *h) {
  wg_node *from_h = from_state(draft, h);
  wg_node *r = wg_sigmoid(wg_add(gate(draft, from_x, 0), gate(draft, from_h, 0)));
  wg_node *z = wg_sigmoid(wg_add(gate(draft, from_x, 1), gate(draft, from_h, 1)));
  wg_node *n = wg_tanh(wg_add(gate(draft, from_x, 2), wg_mul(r, gate(draft, from_h, 2))));
  return wg_add(n, wg_mul(z, wg_sub(h, n)));
}

static wg_node *lstm_next(const wg_draft *draft, wg_node *from_x, wg_node *state) {
  wg_node *h = wg_select(state, 0, 0), *c = wg_select(state, 0, 1);
  wg_node *gates = wg_add(from_x, from_state(draft, h));
  wg_node *i = wg_sigmoid(gate(draft, gates, 0)), *f = wg_sigmoid(gate(draft, gates, 1));
  wg_node *g = wg_tanh(gate(draft, gates, 2)), *o = wg_sigmoid(gate(draft, gates, 3));
  wg_node *next = wg_add(wg_mul(f, c), wg_mul(i, g));
  return wg_stack(2, (wg_node *[]){wg_mul(o, wg_tanh(next)), next}, 0);
}

static const cell rnn_kind = {1, false, rnn_next}, gru_kind = {3, false, gru_next}, lstm_kind = {4, true, lstm_next};

/* ---- Shapes ---- */

/* x (N,I) of a cell or (T,N,I) of a sequence, the state (N,H) or (2,N,H), the weights (gates·H,I) and (gates·H,H), and
 * both biases (gates·H) or none. */
static bool recurrent_infer(wg_draft *draft, const cell *kind, bool sequence) {
  if (!wg_infer_layer(draft, BIAS_X, INPUTS)) return false;
  if (draft->input_count == BIAS_H) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there are two biases, or none");
  const wg_shape *x = draft->inputs[X]->shape, *weight = draft->inputs[WEIGHT_H]->shape;
  int rank = sequence ? 3 : 2;
  if (x->rank != rank)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank %d, not the %d of %s", x->rank, rank,
                         sequence ? "(T,N,I)" : "(N,I)");
  int64_t width = weight->rank == 2 ? weight->size[1] : -1;
  if (width < 0 || width > INT64_MAX / 4 || weight->size[0] != kind->gates * width)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the weights of the state are not (%lld·H,H)", (long long)kind->gates);
  int64_t batch = x->size[rank - 2], rows = kind->gates * width;
  wg_shape state = kind->pair ? WG_SHAPE(2, batch, width) : WG_SHAPE(batch, width);
  return wg_infer_shape_of(draft, STATE, "the state", state) &&
         wg_infer_shape_of(draft, WEIGHT_X, "the weight of x", WG_SHAPE(rows, x->size[rank - 1])) &&
         wg_infer_shape_of(draft, BIAS_X, "the bias of x", WG_SHAPE(rows)) &&
         wg_infer_shape_of(draft, BIAS_H, "the bias of the state", WG_SHAPE(rows));
}

static bool activation_infer(const wg_draft *draft) {
  const char *text = draft->attrs[ACTIVATION].text;
  return !strcmp(text, "tanh") || !strcmp(text, "relu") ||
         wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the activation '%.40s' is not tanh or relu", text);
}

/* ---- Recording ---- */

static wg_node *cell_of(const wg_draft *draft, const cell *kind) {
  wg_node *from_x = wg_linear(draft->inputs[X], draft->inputs[WEIGHT_X], wg_input_at(draft, BIAS_X));
  return kind->next(draft, from_x, draft->inputs[STATE]);
}

/* The states after each step, one below another. */
static wg_node *sequence_of(const wg_draft *draft, const cell *kind) {
  wg_node *x = draft->inputs[X], *state = draft->inputs[STATE];
  int64_t steps = x->shape->size[0];
  if (steps == 0 || steps > INT32_MAX) {
    wg_shape shape = *state->shape;
    for (int axis = shape.rank++; axis > 0; axis--) shape.size[axis] = shape.size[axis - 1];
    shape.size[0] = 0;
    return steps ? wg_fail(x, WG_ERROR_SHAPE, "%s: %lld steps are too many", draft->op->name, (long long)steps)
                 : wg_fill(x->tape, x->dtype, shape, 0);
  }
  const wg_allocator *allocator = wg_tape_allocator(x->tape);
  wg_node **states = wg_allocate(allocator, (size_t)steps, sizeof *states);
  if (!states) {
    wg_tape_fail_memory(x->tape);
    return wg_tape_inert(x->tape);
  }
  wg_node *from_x = wg_linear(x, draft->inputs[WEIGHT_X], wg_input_at(draft, BIAS_X));
  for (int64_t t = 0; t < steps; t++) states[t] = state = kind->next(draft, wg_select(from_x, 0, t), state);
  wg_node *y = wg_stack((int)steps, states, 0);
  wg_release(allocator, states);
  return y;
}

static const wg_attr rnn_attrs[] = {[ACTIVATION] = {.name = "activation", .kind = WG_ATTR_TEXT, .text = "tanh"}, {0}};

static bool rnn_cell_infer(wg_draft *draft) {
  return activation_infer(draft) && recurrent_infer(draft, &rnn_kind, false);
}
static bool rnn_infer(wg_draft *draft) { return activation_infer(draft) && recurrent_infer(draft, &rnn_kind, true); }
static bool gru_cell_infer(wg_draft *draft) { return recurrent_infer(draft, &gru_kind, false); }
static bool gru_infer(wg_draft *draft) { return recurrent_infer(draft, &gru_kind, true); }
static bool lstm_cell_infer(wg_draft *draft) { return recurrent_infer(draft, &lstm_kind, false); }
static bool lstm_infer(wg_draft *draft) { return recurrent_infer(draft, &lstm_kind, true); }

static wg_node *rnn_cell_compose(const wg_draft *draft) { return cell_of(draft, &rnn_kind); }
static wg_node *rnn_compose(const wg_draft *draft) { return sequence_of(draft, &rnn_kind); }
static wg_node *gru_cell_compose(const wg_draft *draft) { return cell_of(draft, &gru_kind); }
static wg_node *gru_compose(const wg_draft *draft) { return sequence_of(draft, &gru_kind); }
static wg_node *lstm_cell_compose(const wg_draft *draft) { return cell_of(draft, &lstm_kind); }
static wg_node *lstm_compose(const wg_draft *draft) { return sequence_of(draft, &lstm_kind); }

/* ---- Records ---- */

#define RECURRENT(name_, declared, samples_, text)                                                                     \
  const wg_op wg_op_##name_ = {                                                                                        \
      .name = #name_,                                                                                                  \
      .doc = text "\nErrors: shapes that do not fit, one bias alone; integers, two dtypes.",                           \
      .arity = WG_VARIADIC,                                                                                            \
      .attrs = declared,                                                                                               \
      .infer = name_##_infer,                                                                                          \
      .compose = name_##_compose,                                                                                      \
      .samples = samples_,                                                                                             \
  };                                                                                                                   \
  static wg_node *name_##_record(wg_node *const inputs[INPUTS], const wg_attr *attrs) {                                \
    return wg_apply_present(&wg_op_##name_, BIAS_X, INPUTS, inputs, attrs);                                            \
  }

/* The inputs of a cell, and of a sequence of 2 steps, with `gates`·H = `rows` for H = 2; weights as they are in nets. */
#define CELL_INPUTS(n, rows)                                                                                           \
  WG_SAMPLE(-2, 2, n, 3), WG_SAMPLE(-1, 1, n, 2), WG_SAMPLE(-1, 1, rows, 3), WG_SAMPLE(-1, 1, rows, 2)
#define SEQUENCE_INPUTS(t, n, rows)                                                                                    \
  WG_SAMPLE(-2, 2, t, n, 2), WG_SAMPLE(-1, 1, n, 2), WG_SAMPLE(-1, 1, rows, 2), WG_SAMPLE(-1, 1, rows, 2)
#define BIASES(rows) WG_SAMPLE(-1, 1, rows), WG_SAMPLE(-1, 1, rows)

static const wg_sample rnn_cell_samples[] = {
    {6, {CELL_INPUTS(2, 2), BIASES(2)}, {{0}}},
    {4, {CELL_INPUTS(1, 2)}, {{.name = "activation", .kind = WG_ATTR_TEXT, .text = "relu"}}},
    {6, {CELL_INPUTS(0, 2), BIASES(2)}, {{0}}},
    {0},
};
static const wg_sample rnn_samples[] = {
    {6, {SEQUENCE_INPUTS(3, 1, 2), BIASES(2)}, {{0}}},
    {4, {SEQUENCE_INPUTS(2, 1, 2)}, {{.name = "activation", .kind = WG_ATTR_TEXT, .text = "relu"}}},
    {4, {SEQUENCE_INPUTS(0, 1, 2)}, {{0}}},
    {0},
};
static const wg_sample gru_cell_samples[] = {
    {6, {CELL_INPUTS(2, 6), BIASES(6)}, {{0}}},
    {4, {CELL_INPUTS(0, 6)}, {{0}}},
    {0},
};
static const wg_sample gru_samples[] = {
    {4, {SEQUENCE_INPUTS(2, 1, 6)}, {{0}}},
    {6, {SEQUENCE_INPUTS(0, 1, 6), BIASES(6)}, {{0}}},
    {0},
};
static const wg_sample lstm_cell_samples[] = {
    {6,
     {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-1, 1, 2, 2, 1), WG_SAMPLE(-1, 1, 4, 3), WG_SAMPLE(-1, 1, 4, 1), BIASES(4)},
     {{0}}},
    {4, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-1, 1, 2, 0, 1), WG_SAMPLE(-1, 1, 4, 3), WG_SAMPLE(-1, 1, 4, 1)}, {{0}}},
    {0},
};
static const wg_sample lstm_samples[] = {
    {4, {WG_SAMPLE(-2, 2, 2, 1, 2), WG_SAMPLE(-1, 1, 2, 1, 2), WG_SAMPLE(-1, 1, 8, 2), WG_SAMPLE(-1, 1, 8, 2)}, {{0}}},
    {6,
     {WG_SAMPLE(-2, 2, 0, 1, 2), WG_SAMPLE(-1, 1, 2, 1, 1), WG_SAMPLE(-1, 1, 4, 2), WG_SAMPLE(-1, 1, 4, 1), BIASES(4)},
     {{0}}},
    {0},
};

RECURRENT(rnn_cell, rnn_attrs, rnn_cell_samples,
          "The next state of a plain recurrent cell, tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh), or relu with `activation` "
          "relu, for x (N,I), h (N,H), W_ih (H,I), W_hh (H,H) and, if given, both biases (H). As torch.nn.RNNCell.")
RECURRENT(rnn, rnn_attrs, rnn_samples,
          "The states (T,N,H) of a plain recurrent cell (rnn_cell) after each step of a sequence x (T,N,I), from the "
          "state h (N,H) on. As the output of one layer of torch.nn.RNN; its h_n is the last of them. Layers are put "
          "on each other by hand, and flip makes a backward one.")
RECURRENT(gru_cell, NULL, gru_cell_samples,
          "The next state of a gated recurrent unit, (1 − z) ⊙ n + z ⊙ h, for x (N,I), h (N,H), W_ih (3H,I), W_hh "
          "(3H,H) and, if given, both biases (3H), whose rows are the gates r, z and n: r = σ(a_r), z = σ(a_z) of a = "
          "x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, and n = tanh of x's part plus r ⊙ h's part. As torch.nn.GRUCell. Source: "
          "Cho and others, 2014.")
RECURRENT(gru, NULL, gru_samples,
          "The states (T,N,H) of a gated recurrent unit (gru_cell) after each step of a sequence x (T,N,I), from the "
          "state h (N,H) on. As the output of one layer of torch.nn.GRU; its h_n is the last of them.")
RECURRENT(lstm_cell, NULL, lstm_cell_samples,
          "The next state (2,N,H), h' and c', of a long short-term memory cell with the state (2,N,H), h and c: c' = f "
          "⊙ c + i ⊙ g, h' = o ⊙ tanh(c'), for x (N,I), W_ih (4H,I), W_hh (4H,H) and, if given, both biases (4H), "
          "whose rows are the gates i, f, g and o: σ, σ, tanh and σ of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh. As "
          "torch.nn.LSTMCell, which has h and c apart (select takes them out). Source: Hochreiter, Schmidhuber, 1997; "
          "Gers, Schmidhuber, Cummins, 2000.")
RECURRENT(lstm, NULL, lstm_samples,
          "The states (T,2,N,H), h and c, of a long short-term memory cell (lstm_cell) after each step of a sequence x "
          "(T,N,I), from the state (2,N,H) on. The output of one layer of torch.nn.LSTM is h, select(y, 1, 0), and its "
          "h_n and c_n are the last of these states.")

wg_node *wg_rnn_cell(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h,
                     const char *activation) {
  return rnn_cell_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h},
                         (wg_attr[]){wg_attr_text("activation", activation ? activation : "tanh"), {0}});
}

wg_node *wg_rnn(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h,
                const char *activation) {
  return rnn_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h},
                    (wg_attr[]){wg_attr_text("activation", activation ? activation : "tanh"), {0}});
}

wg_node *wg_gru_cell(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x,
                     wg_node *bias_h) {
  return gru_cell_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h}, NULL);
}

wg_node *wg_gru(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h) {
  return gru_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h}, NULL);
}

wg_node *wg_lstm_cell(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x,
                      wg_node *bias_h) {
  return lstm_cell_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h}, NULL);
}

wg_node *wg_lstm(wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h) {
  return lstm_record((wg_node *[]){x, state, weight_x, weight_h, bias_x, bias_h}, NULL);
}
