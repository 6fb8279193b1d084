#ifndef YARROW_SHIPPED_POLICY_H
#define YARROW_SHIPPED_POLICY_H

/* The default disclosure policy (committee §2): UTF-8 YAML, not terminated. */
const unsigned char *_Nonnull yarrow_shipped_policy_bytes(void);
unsigned long yarrow_shipped_policy_count(void);

#endif
