#ifndef CGRPCDESCRIPTORS_H
#define CGRPCDESCRIPTORS_H

#include <stddef.h>

// The FileDescriptorSet of API/GRPC/Protos, which API/GRPC/Protos/generate makes.
const unsigned char *peerage_grpc_descriptors(void);
extern const size_t peerage_grpc_descriptors_size;

#endif
