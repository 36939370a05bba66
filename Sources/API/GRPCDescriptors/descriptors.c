#include "include/CGRPCDescriptors.h"

static const unsigned char descriptors[] = {
#embed "descriptors.bin"
};

const size_t peerage_grpc_descriptors_size = sizeof descriptors;

const unsigned char *peerage_grpc_descriptors(void) { return descriptors; }
