/* A stand-in for NVIDIA's two libraries on a machine without a GPU: one GPU of 24 GB, of which 16 are free. */
#include <stdint.h>
#include <string.h>

int cuInit(unsigned flags) { (void)flags; return 0; }
int cuDriverGetVersion(int *version) { *version = 13000; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGetName(char *name, int length, int device) { (void)device; strncpy(name, "Stand-in", length); return 0; }
int cuDeviceTotalMem_v2(uint64_t *bytes, int device) { (void)device; *bytes = 24000000000u; return 0; }
int cuDeviceGetPCIBusId(char *id, int length, int device) { (void)device; strncpy(id, "0000:01:00.0", length); return 0; }

int nvmlInit_v2(void) { return 0; }
int nvmlSystemGetDriverVersion(char *version, unsigned length) { strncpy(version, "580.95.05", length); return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) {
  *device = (void *)1;
  return strcmp(id, "0000:01:00.0"); /* an error for any other */
}
int nvmlDeviceGetMemoryInfo(void *device, uint64_t *memory) {
  if (device != (void *)1) return 1;
  memory[0] = 24000000000u;
  memory[1] = 16000000000u;
  memory[2] = 8000000000u;
  return 0;
}
