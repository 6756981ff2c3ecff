"""Inputs that any language can make: values of an index formula, evaluated in float64 and rounded to float32 once."""
import math

import numpy as np


def phase(shape, rate, start, dtype=np.float32, scale=1.0):
    """scale * sin(rate * i + start) for the flat index i."""
    i = np.arange(math.prod(shape), dtype=np.float64)
    return (scale * np.sin(rate * i + start)).reshape(shape).astype(dtype)


def uniform(count, seed):
    """Numbers in [0, 1) without a generator: the fraction of a large multiple of a sine, in float64."""
    i = np.arange(count, dtype=np.float64)
    large = 43758.5453 * np.sin(12.9898 * i + 78.233 * seed)
    return large - np.floor(large)


def symmetric(shape, seed, scale):
    """Uniform in [-scale, scale)."""
    return (scale * (2.0 * uniform(math.prod(shape), seed) - 1.0)).reshape(shape).astype(np.float32)


def noisy_prototypes(classes, size, weight, prototype_seed, noise_seed):
    """For each entry of `classes` (0..9) its class's prototype times `weight`, and noise: [..., size]."""
    prototypes = 2.0 * uniform(10 * size, prototype_seed).reshape(10, size) - 1.0
    noise = uniform(classes.size * size, noise_seed)
    noise *= 2.0
    noise -= 1.0
    noise = noise.reshape(*classes.shape, size)
    noise += weight * prototypes[classes]
    return noise.astype(np.float32)


def total(a):
    """The sum in float64."""
    return float(np.asarray(a, dtype=np.float64).sum())


def inner(a, b):
    """The sum of products in float64."""
    return float((np.asarray(a, dtype=np.float64) * np.asarray(b, dtype=np.float64)).sum())
