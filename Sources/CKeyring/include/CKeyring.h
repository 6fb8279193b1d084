#ifndef YARROW_CKEYRING_H
#define YARROW_CKEYRING_H

#include <stddef.h>
#include <stdint.h>

// The kernel's key retention service (keyrings(7)) without libkeyutils. Swift cannot call the
// variadic syscall(2), so these functions exist. Each returns the kernel's result, or minus errno.

/// Puts a key of type "user" into the calling user's keyring, replacing one of the same name.
/// It never lies there without its timeout (seconds from now, not 0). Returns its serial number.
long yarrow_keyring_hold(const char *description, const void *payload, size_t length,
                         unsigned int seconds, uint32_t permissions);

/// KEYCTL_SEARCH of the calling user's keyring. Returns the key's serial number.
long yarrow_keyring_search(const char *description);

/// KEYCTL_READ. Returns the payload's whole length, which may exceed `capacity`.
long yarrow_keyring_read(int32_t key, void *buffer, size_t capacity);

/// KEYCTL_REVOKE, then KEYCTL_UNLINK from the calling user's keyring.
long yarrow_keyring_revoke(int32_t key);

#endif
