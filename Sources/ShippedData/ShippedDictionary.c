#include "ShippedDictionary.h"

// SwiftPM compiles C17 by default, where #embed is an extension that clang has.
#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char yarrow_shipped_dictionary[] = {
#embed "dictionary/v1.bin"
};

const unsigned long yarrow_shipped_dictionary_count = sizeof yarrow_shipped_dictionary;

const unsigned char yarrow_shipped_tables[] = {
#embed "dictionary/tables-v1.txt"
};

const unsigned long yarrow_shipped_tables_count = sizeof yarrow_shipped_tables;
