// The scripts of stdlib/ as bytes. `#embed` reads the files while this one is compiled, and the compiler reports them
// as its inputs, so a changed script is compiled in by the next build. A new module needs two lines here: its bytes and
// its row in the table.

#include "CStdlib.h"

static const unsigned char data_text[] = {
#embed "../../stdlib/data.trl"
};
static const unsigned char fed_text[] = {
#embed "../../stdlib/fed.trl"
};
static const unsigned char losses_text[] = {
#embed "../../stdlib/losses.trl"
};
static const unsigned char metrics_text[] = {
#embed "../../stdlib/metrics.trl"
};
static const unsigned char nn_text[] = {
#embed "../../stdlib/nn.trl"
};
static const unsigned char optim_text[] = {
#embed "../../stdlib/optim.trl"
};

#define MODULE(name) {#name, name##_text, sizeof name##_text}
static const struct trellis_stdlib_module modules[] = {
    MODULE(data), MODULE(fed), MODULE(losses), MODULE(metrics), MODULE(nn), MODULE(optim),
};

const struct trellis_stdlib_module *trellis_stdlib_modules(size_t *count) {
  *count = sizeof modules / sizeof *modules;
  return modules;
}
