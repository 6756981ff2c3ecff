enum KernelsSeed {}
