#include "ShippedLanguages.h"

/* #embed is C23; clang takes it in every mode and says so. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char ar[] = {
#embed "languages/ar.txt"
};
static const unsigned char en[] = {
#embed "languages/en.txt"
};
static const unsigned char es[] = {
#embed "languages/es.txt"
};
static const unsigned char fr[] = {
#embed "languages/fr.txt"
};

const yarrow_shipped_language yarrow_shipped_languages[] = {
    {"en", en, sizeof en},
    {"es", es, sizeof es},
    {"fr", fr, sizeof fr},
    {"ar", ar, sizeof ar},
};
const unsigned long yarrow_shipped_languages_count =
    sizeof yarrow_shipped_languages / sizeof yarrow_shipped_languages[0];
