#include "ShippedPolicy.h"

/* #embed is C23; clang takes it in every mode and says so. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char policy[] = {
#embed "policy/default.yaml"
};

const unsigned char *yarrow_shipped_policy_bytes(void) { return policy; }
unsigned long yarrow_shipped_policy_count(void) { return sizeof policy; }
