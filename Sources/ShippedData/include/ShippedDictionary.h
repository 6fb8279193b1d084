#ifndef YARROW_SHIPPED_DICTIONARY_H
#define YARROW_SHIPPED_DICTIONARY_H

/* The preset dictionary of the protocol (wire-format §4), as Tools/make-dictionary built it. */
extern const unsigned char yarrow_shipped_dictionary[];
extern const unsigned long yarrow_shipped_dictionary_count;

/* Swift does not import arrays of unknown length. */
static inline const unsigned char *_Nonnull yarrow_shipped_dictionary_bytes(void) {
  return yarrow_shipped_dictionary;
}

/* The tables of fields of sealed sections (identity §5), as Tools/make-tables built them. */
extern const unsigned char yarrow_shipped_tables[];
extern const unsigned long yarrow_shipped_tables_count;

static inline const unsigned char *_Nonnull yarrow_shipped_tables_bytes(void) {
  return yarrow_shipped_tables;
}

#endif
