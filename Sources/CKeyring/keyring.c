#define _GNU_SOURCE
#include "CKeyring.h"

#include <errno.h>

#ifdef __linux__

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long result(long returned) { return returned < 0 ? -(long)errno : returned; }

long yarrow_keyring_hold(const char *description, const void *payload, size_t length,
                         unsigned int seconds, uint32_t permissions) {
  // Only a possessor may set a new key's timeout, and the user keyring is possessed only where the
  // session links to it (not under a service manager, not after su). This thread's own keyring is
  // always possessed: prepare the key there, then link it.
  long key = result(
      syscall(SYS_add_key, "user", description, payload, length, KEY_SPEC_THREAD_KEYRING));
  if (key < 0) return key;
  long code = result(syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, seconds));
  if (code >= 0) code = result(syscall(SYS_keyctl, KEYCTL_LINK, key, KEY_SPEC_USER_KEYRING));
  if (code >= 0) code = result(syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions));
  if (code < 0) (void)yarrow_keyring_revoke((int32_t)key);
  (void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_THREAD_KEYRING);
  return code < 0 ? code : key;
}

long yarrow_keyring_search(const char *description) {
  return result(
      syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", description, 0));
}

long yarrow_keyring_read(int32_t key, void *buffer, size_t capacity) {
  return result(syscall(SYS_keyctl, KEYCTL_READ, key, buffer, capacity));
}

long yarrow_keyring_revoke(int32_t key) {
  long revoked = result(syscall(SYS_keyctl, KEYCTL_REVOKE, key));
  // A revoked key is already unreadable; unlinking only frees the name and the quota.
  (void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
  return revoked;
}

#else

long yarrow_keyring_hold(const char *description, const void *payload, size_t length,
                         unsigned int seconds, uint32_t permissions) {
  return -ENOSYS;
}
long yarrow_keyring_search(const char *description) { return -ENOSYS; }
long yarrow_keyring_read(int32_t key, void *buffer, size_t capacity) { return -ENOSYS; }
long yarrow_keyring_revoke(int32_t key) { return -ENOSYS; }

#endif
