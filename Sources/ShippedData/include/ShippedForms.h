#ifndef YARROW_SHIPPED_FORMS_H
#define YARROW_SHIPPED_FORMS_H

/* A form file as compiled in (forms §7): UTF-8 YAML, not terminated. */
typedef struct {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  unsigned long count;
} yarrow_shipped_file;

extern const yarrow_shipped_file yarrow_shipped_forms[];
extern const unsigned long yarrow_shipped_forms_count;

/* Swift does not import arrays of unknown length. */
static inline const yarrow_shipped_file *_Nonnull yarrow_shipped_form_at(unsigned long index) {
  return &yarrow_shipped_forms[index];
}

#endif
