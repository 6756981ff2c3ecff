"""Training in PyTorch, eager: a two-layer perceptron, 1000 steps of the fused Adam on batches of 64."""
import math

import numpy as np
import torch
from torch.nn import functional

import inputs

ROWS, BATCH, STEPS = 4096, 64, 1000


def dense(weight):
    """A linear layer whose weight is given as [in, out], with a bias of zeros."""
    layer = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight).T)
        layer.bias.zero_()
    return layer


def training():
    labels = np.arange(ROWS) % 10
    x = torch.from_numpy(inputs.noisy_prototypes(labels, 784, 0.05, 1, 2))
    y = torch.from_numpy(labels)
    first = inputs.symmetric((784, 256), 11, 1 / math.sqrt(784))
    second = inputs.symmetric((256, 10), 12, 1 / math.sqrt(256))

    def prepare():
        model = torch.nn.Sequential(dense(first), torch.nn.ReLU(), dense(second))
        return model, torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def work(prepared):
        model, optimizer = prepared
        losses = []
        for step in range(STEPS):
            begin = step * BATCH % ROWS
            batch = slice(begin, begin + BATCH)
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        losses = torch.stack(losses).tolist()
        return [losses[0], losses[100], losses[300]]

    work.prepare = prepare
    return work


WORKLOADS = {"e1_mlp_adam_1000": training}
