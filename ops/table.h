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
WG_OP(expm1, (wg_node *x))
WG_OP(log1p, (wg_node *x))
WG_OP(exp2, (wg_node *x))
WG_OP(log2, (wg_node *x))
WG_OP(log10, (wg_node *x))
WG_OP(reciprocal, (wg_node *x))
WG_OP(rsqrt, (wg_node *x))
WG_OP(cbrt, (wg_node *x))
WG_OP(pow, (wg_node *a, wg_node *b))
WG_OP(xlogy, (wg_node *a, wg_node *b))
WG_OP(logaddexp, (wg_node *a, wg_node *b))
WG_OP(sin, (wg_node *x))
WG_OP(cos, (wg_node *x))
WG_OP(tan, (wg_node *x))
WG_OP(asin, (wg_node *x))
WG_OP(acos, (wg_node *x))
WG_OP(atan, (wg_node *x))
WG_OP(atan2, (wg_node *a, wg_node *b))
WG_OP(hypot, (wg_node *a, wg_node *b))
WG_OP(sinh, (wg_node *x))
WG_OP(cosh, (wg_node *x))
WG_OP(asinh, (wg_node *x))
WG_OP(acosh, (wg_node *x))
WG_OP(atanh, (wg_node *x))
WG_OP(erf, (wg_node *x))
WG_OP(erfc, (wg_node *x))
WG_OP(lgamma, (wg_node *x))
WG_OP(digamma, (wg_node *x))
WG_OP(polygamma, (wg_node *x, int64_t n))
WG_OP(abs, (wg_node *x))
WG_OP(sign, (wg_node *x))
WG_OP(floor, (wg_node *x))
WG_OP(ceil, (wg_node *x))
WG_OP(trunc, (wg_node *x))
WG_OP(round, (wg_node *x))
WG_OP(fmod, (wg_node *a, wg_node *b))
WG_OP(remainder, (wg_node *a, wg_node *b))
WG_OP(maximum, (wg_node *a, wg_node *b))
WG_OP(minimum, (wg_node *a, wg_node *b))
WG_OP(clamp, (wg_node *x, double low, double high))
WG_OP(lerp, (wg_node *a, wg_node *b, wg_node *weight))
WG_OP(is_nan, (wg_node *x))
WG_OP(is_inf, (wg_node *x))
WG_OP(is_finite, (wg_node *x))
WG_OP(logical_not, (wg_node *x))
WG_OP(logical_and, (wg_node *a, wg_node *b))
WG_OP(logical_or, (wg_node *a, wg_node *b))
WG_OP(logical_xor, (wg_node *a, wg_node *b))
WG_OP(stop_gradient, (wg_node *x))

/* activations */
WG_OP(leaky_relu, (wg_node *x, double slope))
WG_OP(prelu, (wg_node *x, wg_node *weight))
WG_OP(elu, (wg_node *x, double alpha))
WG_OP(celu, (wg_node *x, double alpha))
WG_OP(selu, (wg_node *x))
WG_OP(gelu, (wg_node *x, const char *approximate))
WG_OP(silu, (wg_node *x))
WG_OP(mish, (wg_node *x))
WG_OP(log_sigmoid, (wg_node *x))
WG_OP(softsign, (wg_node *x))
WG_OP(hard_tanh, (wg_node *x, double low, double high))
WG_OP(relu6, (wg_node *x))
WG_OP(hard_sigmoid, (wg_node *x))
WG_OP(hard_swish, (wg_node *x))
WG_OP(threshold, (wg_node *x, double threshold, double value))
WG_OP(soft_shrink, (wg_node *x, double lambda))
WG_OP(hard_shrink, (wg_node *x, double lambda))
WG_OP(tanh_shrink, (wg_node *x))
WG_OP(glu, (wg_node *x, int64_t axis))
WG_OP(softmin, (wg_node *x, int64_t axis))

/* reductions, scans and order */
WG_OP(prod, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(amax, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(amin, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(min, (wg_node *x, int64_t axis, bool keep))
WG_OP(var, (wg_node *x, int count, const int64_t *axes, bool keep, int64_t correction))
WG_OP(std, (wg_node *x, int count, const int64_t *axes, bool keep, int64_t correction))
WG_OP(norm, (wg_node *x, double p, int count, const int64_t *axes, bool keep))
WG_OP(logsumexp, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(any, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(all, (wg_node *x, int count, const int64_t *axes, bool keep))
WG_OP(cumsum, (wg_node *x, int64_t axis, bool reverse))
WG_OP(linear_recurrence, (wg_node *a, wg_node *b, int64_t axis, bool reverse))
WG_OP(cumprod, (wg_node *x, int64_t axis, bool reverse))
WG_OP(argmax, (wg_node *x, int64_t axis, bool keep))
WG_OP(argmin, (wg_node *x, int64_t axis, bool keep))
WG_OP(argsort, (wg_node *x, int64_t axis, bool descending))
WG_OP(sort, (wg_node *x, int64_t axis, bool descending))
WG_OP(argtopk, (wg_node *x, int64_t k, int64_t axis, bool largest))
WG_OP(topk, (wg_node *x, int64_t k, int64_t axis, bool largest))

/* linear algebra, continued */
WG_OP(dot, (wg_node *a, wg_node *b))
WG_OP(outer, (wg_node *a, wg_node *b))
WG_OP(matvec, (wg_node *a, wg_node *x))
WG_OP(vecmat, (wg_node *x, wg_node *a))
WG_OP(kron, (wg_node *a, wg_node *b))
WG_OP(einsum, (const char *equation, int count, wg_node *const *inputs))
WG_OP(diag, (wg_node *x, int64_t offset))
WG_OP(diag_embed, (wg_node *x, int64_t offset))
WG_OP(trace, (wg_node *x))
WG_OP(tril, (wg_node *x, int64_t diagonal))
WG_OP(triu, (wg_node *x, int64_t diagonal))
WG_OP(triangular_solve, (wg_node *a, wg_node *b, bool upper, bool transposed, bool unit))
WG_OP(cholesky, (wg_node *x, double jitter))
WG_OP(lu, (wg_node *a))
WG_OP(solve, (wg_node *a, wg_node *b))
WG_OP(inverse, (wg_node *a))
WG_OP(det, (wg_node *a))
WG_OP(det_sign, (wg_node *a))
WG_OP(log_abs_det, (wg_node *a))
WG_OP(logdet, (wg_node *a))

/* shapes and indices, continued */
/* views, which copy nothing, and adjoints of views (unslice, fold) */
WG_OP(permute, (wg_node *x, int count, const int64_t *axes))
WG_OP(swap_axes, (wg_node *x, int64_t first, int64_t second))
WG_OP(move_axis, (wg_node *x, int64_t from, int64_t to))
WG_OP(squeeze, (wg_node *x, int count, const int64_t *axes))
WG_OP(unsqueeze, (wg_node *x, int64_t axis))
WG_OP(flatten, (wg_node *x, int64_t first, int64_t last))
WG_OP(expand, (wg_node *x, wg_shape shape))
WG_OP(slice, (wg_node *x, int count, const int64_t *axes, const int64_t *starts, const int64_t *stops,
              const int64_t *steps))
WG_OP(unslice, (wg_node *x, wg_shape shape, const int64_t *starts, const int64_t *steps))
WG_OP(narrow, (wg_node *x, int64_t axis, int64_t start, int64_t length))
WG_OP(select, (wg_node *x, int64_t axis, int64_t index))
WG_OP(split, (wg_node *x, int64_t size, int64_t axis, int64_t piece))
WG_OP(chunk, (wg_node *x, int64_t chunks, int64_t axis, int64_t piece))
WG_OP(flip, (wg_node *x, int count, const int64_t *axes))
WG_OP(unfold, (wg_node *x, int64_t axis, int64_t size, int64_t step, int64_t dilation))
WG_OP(fold, (wg_node *x, int64_t axis, int64_t length, int64_t step, int64_t dilation))
/* tensors put together, repeated and bordered */
WG_OP(concat, (int count, wg_node *const *inputs, int64_t axis))
WG_OP(stack, (int count, wg_node *const *inputs, int64_t axis))
WG_OP(roll, (wg_node *x, int count, const int64_t *shifts, const int64_t *axes))
WG_OP(pad, (wg_node *x, int count, const int64_t *before, const int64_t *after, double value))
WG_OP(pad_reflect, (wg_node *x, int count, const int64_t *before, const int64_t *after))
WG_OP(pad_replicate, (wg_node *x, int count, const int64_t *before, const int64_t *after))
WG_OP(pad_circular, (wg_node *x, int count, const int64_t *before, const int64_t *after))
WG_OP(tile, (wg_node *x, int count, const int64_t *repeats))
WG_OP(repeat, (wg_node *x, int count, const int64_t *repeats))
WG_OP(repeat_interleave, (wg_node *x, int64_t times, int64_t axis))
WG_OP(meshgrid, (int count, wg_node *const *inputs, int64_t which))
/* elements by whole numbers (i64) */
WG_OP(gather, (wg_node *x, int64_t axis, wg_node *index))
WG_OP(scatter, (wg_node *x, int64_t axis, wg_node *index, wg_node *source))
WG_OP(scatter_add, (wg_node *x, int64_t axis, wg_node *index, wg_node *source))
WG_OP(index_select, (wg_node *x, int64_t axis, wg_node *index))
WG_OP(index_add, (wg_node *x, int64_t axis, wg_node *index, wg_node *source))
WG_OP(take, (wg_node *x, wg_node *index))
WG_OP(embedding, (wg_node *indices, wg_node *weights))
WG_OP(positions, (wg_node *x, int64_t axis))
WG_OP(index_equal, (wg_node *a, wg_node *b, wg_dtype dtype))
/* by a mask, and in another element type */
WG_OP(masked_fill, (wg_node *x, wg_node *mask, double value))
WG_OP(cast, (wg_node *x, wg_dtype dtype))

/* layers: convolution, pooling, normalization, attention, recurrent cells */
/* inputs called bias, weight or mask may be NULL where it says so */
WG_OP(linear, (wg_node *x, wg_node *weight, wg_node *bias))
/* x is (N,C,…) with one, two or three axes after the channels; lists have a number for each of these, or are NULL */
WG_OP(convolve, (wg_node *x, wg_node *weight, const int64_t *stride, const int64_t *padding, const int64_t *dilation,
                 int64_t groups))
WG_OP(convolve_transpose, (wg_node *y, wg_node *weight, const int64_t *size, const int64_t *stride,
                           const int64_t *padding, const int64_t *dilation, int64_t groups))
WG_OP(convolve_weight, (wg_node *x, wg_node *y, const int64_t *size, const int64_t *stride, const int64_t *padding,
                        const int64_t *dilation, int64_t groups))
WG_OP(conv1d, (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
               const int64_t *dilation, int64_t groups))
WG_OP(conv2d, (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
               const int64_t *dilation, int64_t groups))
WG_OP(conv3d, (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
               const int64_t *dilation, int64_t groups))
WG_OP(conv_transpose1d,
      (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
       const int64_t *output_padding, int64_t groups, const int64_t *dilation))
WG_OP(conv_transpose2d,
      (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
       const int64_t *output_padding, int64_t groups, const int64_t *dilation))
WG_OP(conv_transpose3d,
      (wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,
       const int64_t *output_padding, int64_t groups, const int64_t *dilation))
WG_OP(max_pool_index, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,
                       const int64_t *dilation, bool ceil))
WG_OP(max_pool1d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,
                   const int64_t *dilation, bool ceil))
WG_OP(max_pool2d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,
                   const int64_t *dilation, bool ceil))
WG_OP(max_pool3d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,
                   const int64_t *dilation, bool ceil))
WG_OP(avg_pool1d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding, bool ceil,
                   bool count_padding))
WG_OP(avg_pool2d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding, bool ceil,
                   bool count_padding))
WG_OP(avg_pool3d, (wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding, bool ceil,
                   bool count_padding))
WG_OP(adaptive_max_pool_index, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_max_pool1d, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_avg_pool1d, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_max_pool2d, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_avg_pool2d, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_max_pool3d, (wg_node *x, const int64_t *output_size))
WG_OP(adaptive_avg_pool3d, (wg_node *x, const int64_t *output_size))
WG_OP(global_avg_pool, (wg_node *x))
WG_OP(global_max_pool, (wg_node *x))
WG_OP(batch_norm, (wg_node *x, wg_node *weight, wg_node *bias, double epsilon))
WG_OP(batch_norm_inference,
      (wg_node *x, wg_node *mean, wg_node *variance, wg_node *weight, wg_node *bias, double epsilon))
WG_OP(layer_norm, (wg_node *x, int64_t axes, wg_node *weight, wg_node *bias, double epsilon))
WG_OP(group_norm, (wg_node *x, int64_t groups, wg_node *weight, wg_node *bias, double epsilon))
WG_OP(instance_norm, (wg_node *x, wg_node *weight, wg_node *bias, double epsilon))
WG_OP(rms_norm, (wg_node *x, int64_t axes, wg_node *weight, double epsilon))
WG_OP(dropout_mask, (wg_node *x, wg_node *seed, double p, int64_t stream))
WG_OP(dropout, (wg_node *x, wg_node *seed, double p, int64_t stream))
WG_OP(scaled_dot_product_attention,
      (wg_node *query, wg_node *key, wg_node *value, wg_node *mask, bool additive, bool causal, double scale))
WG_OP(upsample_nearest, (wg_node *x, const int64_t *size))
WG_OP(upsample_linear, (wg_node *x, const int64_t *size, bool align_corners))
WG_OP(upsample_cubic, (wg_node *x, const int64_t *size, bool align_corners))
WG_OP(rnn_cell, (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h,
            const char *activation))
WG_OP(rnn, (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h,
            const char *activation))
WG_OP(gru_cell,
      (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h))
WG_OP(gru,
      (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h))
WG_OP(lstm_cell,
      (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h))
WG_OP(lstm,
      (wg_node *x, wg_node *state, wg_node *weight_x, wg_node *weight_h, wg_node *bias_x, wg_node *bias_h))

/* losses, continued */
WG_OP(l1_loss, (wg_node *x, wg_node *targets, wg_reduction reduction))
WG_OP(smooth_l1_loss, (wg_node *x, wg_node *targets, double beta, wg_reduction reduction))
WG_OP(huber_loss, (wg_node *x, wg_node *targets, double delta, wg_reduction reduction))
WG_OP(hinge_loss, (wg_node *x, wg_node *signs, wg_reduction reduction))
WG_OP(soft_margin_loss, (wg_node *x, wg_node *signs, wg_reduction reduction))
WG_OP(hinge_embedding_loss, (wg_node *x, wg_node *signs, double margin, wg_reduction reduction))
WG_OP(margin_ranking_loss, (wg_node *a, wg_node *b, wg_node *signs, double margin, wg_reduction reduction))
WG_OP(triplet_margin_loss,
      (wg_node *anchor, wg_node *positive, wg_node *negative, double margin, wg_reduction reduction))
WG_OP(cosine_embedding_loss, (wg_node *a, wg_node *b, wg_node *signs, double margin, wg_reduction reduction))
WG_OP(gaussian_nll_loss, (wg_node *x, wg_node *targets, wg_node *variance, bool full, wg_reduction reduction))
WG_OP(poisson_nll_loss, (wg_node *x, wg_node *targets, bool log_input, bool full, wg_reduction reduction))
WG_OP(kl_div_loss, (wg_node *log_probabilities, wg_node *targets, bool log_targets, wg_reduction reduction))
WG_OP(bce_logits_weighted, (wg_node *logits, wg_node *targets, wg_node *positive_weight, wg_reduction reduction))
WG_OP(label_rows, (wg_node *labels, int64_t classes, wg_dtype dtype, int64_t ignored))
WG_OP(nll_loss, (wg_node *log_probabilities, wg_node *labels, wg_reduction reduction))
WG_OP(cross_entropy, (wg_node *logits, wg_node *targets, wg_node *weights, double smoothing, wg_reduction reduction))
