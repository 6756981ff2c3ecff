enum CheckSeed {}
