int CStdlib_seed(void) { return 0; }
