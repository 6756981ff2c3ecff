int CPlatform_seed(void);
