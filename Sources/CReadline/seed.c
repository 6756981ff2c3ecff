int CReadline_seed(void) { return 0; }
