/* table.h: the table of operations. A line WG_OP(name, parameters) declares the function wg_name(parameters), which
 * records that operation and returns its node, and enters its record wg_op_name into the table. Each operation is
 * documented in its own file (and by wg_op_find("name")->doc). No include guard: it is read once for each purpose. */

/* arithmetic, with NumPy's broadcasting */
WG_OP(add, (wg_node *a, wg_node *b))
WG_OP(sub, (wg_node *a, wg_node *b))
WG_OP(mul, (wg_node *a, wg_node *b))
WG_OP(div, (wg_node *a, wg_node *b))
WG_OP(neg, (wg_node *x))
WG_OP(scale, (wg_node *x, double factor))
WG_OP(div_count, (wg_node *x, int64_t count))
WG_OP(add_bias, (wg_node *x, wg_node *bias))

/* functions of each element */
WG_OP(exp, (wg_node *x))
WG_OP(log, (wg_node *x))
WG_OP(sqrt, (wg_node *x))
WG_OP(square, (wg_node *x))
WG_OP(power, (wg_node *x, double exponent))
WG_OP(relu, (wg_node *x))
WG_OP(sigmoid, (wg_node *x))
WG_OP(tanh, (wg_node *x))
WG_OP(softplus, (wg_node *x))
WG_OP(probability, (wg_node *x))

/* masks: 1 where it holds and 0 elsewhere, in the dtype compared */
WG_OP(greater, (wg_node *a, wg_node *b))
WG_OP(greater_equal, (wg_node *a, wg_node *b))
WG_OP(less, (wg_node *a, wg_node *b))
WG_OP(less_equal, (wg_node *a, wg_node *b))
WG_OP(equal, (wg_node *a, wg_node *b))
WG_OP(not_equal, (wg_node *a, wg_node *b))
WG_OP(where, (wg_node *mask, wg_node *a, wg_node *b))

/* linear algebra */
WG_OP(matmul, (wg_node *a, wg_node *b))
WG_OP(transpose, (wg_node *x))

/* shapes */
WG_OP(reshape, (wg_node *x, wg_shape shape))
WG_OP(broadcast_to, (wg_node *x, wg_shape shape))

/* reductions; no axes (count 0) means all of them */
WG_OP(sum, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(mean, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(max, (wg_node *x, int64_t axis, bool keep))
WG_OP(max_mask, (wg_node *x, int64_t axis))

/* classes, along an axis */
WG_OP(softmax, (wg_node *logits, int64_t axis))
WG_OP(log_softmax, (wg_node *logits, int64_t axis))
WG_OP(one_hot, (wg_node *labels, int64_t classes, wg_dtype dtype))

/* losses: one number for each sample or element … */
WG_OP(cross_entropy_terms, (wg_node *logits, wg_node *targets))
WG_OP(bce_terms, (wg_node *probabilities, wg_node *targets))
WG_OP(bce_logits_terms, (wg_node *logits, wg_node *targets))
/* … and their mean, or sum (wg_…_reduced in ops.h) */
WG_OP(softmax_cross_entropy, (wg_node *logits, wg_node *targets))
WG_OP(binary_cross_entropy, (wg_node *probabilities, wg_node *targets))
WG_OP(binary_cross_entropy_logits, (wg_node *logits, wg_node *targets))
WG_OP(mean_squared_error, (wg_node *x, wg_node *targets))

/* functions of each element, continued: the C math library and rounding */

/* activations */

/* reductions, scans and order */

/* linear algebra, continued */

/* shapes and indices, continued */

/* layers: convolution, pooling, normalization, attention, recurrent cells */

/* losses, continued */
