/* A stand-in for NVIDIA's driver on a machine without a GPU: what the provider is linked to, and the function
 * by which CUDA's runtime finds all others. Each of those says that there is no device, so that the first call
 * of the driver fails, and nothing before it may. */
typedef int CUresult;
typedef unsigned long long cuuint64_t;

static CUresult refuse(void) { return 100; /* CUDA_ERROR_NO_DEVICE */ }

CUresult cuInit(unsigned flags) { (void)flags; return refuse(); }
CUresult cuDriverGetVersion(int *version) { *version = 13000; return 0; }
CUresult cuTensorMapEncodeTiled(void) { return refuse(); }
CUresult cuGetProcAddress(const char *symbol, void **function, int version, cuuint64_t flags) {
  (void)symbol, (void)version, (void)flags;
  *function = (void *)refuse;
  return 0;
}
CUresult cuGetProcAddress_v2(const char *symbol, void **function, int version, cuuint64_t flags, void *status) {
  (void)status;
  return cuGetProcAddress(symbol, function, version, flags);
}
