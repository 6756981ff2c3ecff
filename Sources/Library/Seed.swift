enum LibrarySeed {}
