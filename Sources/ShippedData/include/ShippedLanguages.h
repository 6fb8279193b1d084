#ifndef YARROW_SHIPPED_LANGUAGES_H
#define YARROW_SHIPPED_LANGUAGES_H

/* A language file as compiled in: UTF-8, not terminated. */
typedef struct {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  unsigned long count;
} yarrow_shipped_language;

extern const yarrow_shipped_language yarrow_shipped_languages[];
extern const unsigned long yarrow_shipped_languages_count;

/* Swift does not import arrays of unknown length. */
static inline const yarrow_shipped_language *_Nonnull yarrow_shipped_language_at(
    unsigned long index) {
  return &yarrow_shipped_languages[index];
}

#endif
