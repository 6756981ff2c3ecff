int CStdlib_seed(void);
