"""Linear chains and soft-DTW in JAX, compiled and differentiated by it. Chains step by a product of matrices, in
numbers rescaled by their largest; soft-DTW steps along the anti-diagonals of the table, which lie skewed in memory."""
import jax
import jax.numpy as jnp

import inputs

LARGE = 1e8


def chain_values(unary, trans):
    moves = jnp.exp(trans)

    def step(reached, scores):
        top = jax.lax.stop_gradient(reached.max(1, keepdims=True))
        return jnp.log(jnp.exp(reached - top) @ moves) + top + scores, None

    last, _ = jax.lax.scan(step, unary[:, 0], unary[:, 1:].transpose(1, 0, 2))
    return jax.nn.logsumexp(last, 1)


def alignment_costs(x, y):
    cost = ((x[:, :, None] - y[:, None]) ** 2).sum(-1)
    batch, n, _ = cost.shape
    row = jnp.arange(1, n + 1)
    column = jnp.arange(2, 2 * n + 1)[:, None] - row
    inside = (column >= 1) & (column <= n)
    skewed = cost[:, row - 1, jnp.clip(column - 1, 0, n - 1)].transpose(1, 0, 2)
    skewed = jnp.where(inside[:, None], skewed, LARGE)

    def step(diagonals, costs):
        before_last, last = diagonals
        terms = jnp.stack([before_last[:, :-1], last[:, :-1], last[:, 1:]])
        found = jnp.minimum(costs - jax.nn.logsumexp(-terms, 0), LARGE)
        return (last, jnp.concatenate([jnp.full((batch, 1), LARGE), found], 1)), None

    far = jnp.full((batch, n + 1), LARGE)
    (_, last), _ = jax.lax.scan(step, (far.at[:, 0].set(0.0), far), skewed)
    return last[:, n]


def chains():
    unary = jnp.asarray(inputs.symmetric((64, 128, 32), 81, 2.0))
    trans = jnp.asarray(inputs.symmetric((32, 32), 82, 1.0))

    def total(unary, trans):
        values = chain_values(unary, trans)
        return values.sum(), values

    differentiated = jax.jit(jax.value_and_grad(total, argnums=(0, 1), has_aux=True))

    def work():
        (_, values), gradients = jax.block_until_ready(differentiated(unary, trans))
        return values, *gradients

    def check(result):
        values, by_unary, by_trans = result
        return [inputs.total(values), inputs.inner(by_unary, unary), inputs.inner(by_trans, trans)]

    work.check = check
    return work


def hessian_products():
    x, y, direction = (jnp.asarray(inputs.symmetric((8, 64, 8), key, 1.0)) for key in (93, 94, 95))

    def product(x, y, direction):
        slope = jax.grad(lambda x: alignment_costs(x, y).sum())
        return jax.jvp(slope, (x,), (direction,))[1]

    compiled = jax.jit(product)

    def work():
        return compiled(x, y, direction).block_until_ready()

    work.check = lambda result: [inputs.inner(result, direction), inputs.inner(result, x)]
    return work


WORKLOADS = {"f1_crf_logz_marginals": chains, "f4_softdtw_hvp": hessian_products}
