int CReadline_seed(void);
