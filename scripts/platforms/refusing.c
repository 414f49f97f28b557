/* Refuses memory that is not the engine's own, as the memory cage of Electron does. */
#include <stddef.h>
#include <stdio.h>

static unsigned refused;

/* napi_no_external_buffers_allowed */
int nopi_create_external_arraybuffer(void *env, void *data, size_t length, void *finalize, void *hint,
                                     void **result) {
  (void)env, (void)data, (void)length, (void)finalize, (void)hint, (void)result;
  refused += 1;
  return 22;
}

__attribute__((destructor)) static void tell(void) { fprintf(stderr, "refused %u\n", refused); }
