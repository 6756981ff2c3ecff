enum LoopsSeed {}
