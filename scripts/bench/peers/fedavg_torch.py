"""Federated averaging in PyTorch: 100 clients train side by side under vmap, five steps a round, ten rounds."""
import numpy as np
import torch
from torch.func import grad_and_value, vmap
from torch.nn import functional

import inputs

CLIENTS, STEPS, BATCH, ROUNDS, RATE = 100, 5, 32, 10, 0.05


def loss(model, x, y):
    w1, b1, w2, b2 = model
    return functional.cross_entropy(torch.relu(x @ w1 + b1) @ w2 + b2, y)


def averaging():
    client = np.arange(CLIENTS)[:, None]
    sample = np.arange(STEPS * BATCH)[None, :]
    labels = (client + sample % 3) % 10
    x = torch.from_numpy(inputs.noisy_prototypes(labels, 784, 0.3, 101, 102)).reshape(CLIENTS, STEPS, BATCH, 784)
    y = torch.from_numpy(labels).reshape(CLIENTS, STEPS, BATCH)
    initial = [
        torch.from_numpy(inputs.symmetric((784, 64), 111, 1 / 28)),
        torch.zeros(64),
        torch.from_numpy(inputs.symmetric((64, 10), 112, 1 / 8)),
        torch.zeros(10),
    ]
    side_by_side = vmap(grad_and_value(loss))

    def work():
        shared, means = initial, []
        for _ in range(ROUNDS):
            models = [leaf.expand(CLIENTS, *leaf.shape).clone() for leaf in shared]
            total = 0.0
            for step in range(STEPS):
                gradients, losses = side_by_side(models, x[:, step], y[:, step])
                for leaf, gradient in zip(models, gradients):
                    leaf.sub_(gradient, alpha=RATE)
                total = total + losses.sum()
            shared = [leaf.mean(0) for leaf in models]
            means.append(float(total) / (CLIENTS * STEPS))
        return [means[0], means[4], means[9]]

    return work


WORKLOADS = {"g_fedavg_100x10": averaging}
