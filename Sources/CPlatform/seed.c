int CPlatform_seed(void) { return 0; }
