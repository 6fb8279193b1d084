/* Data files that ship inside the binaries, so that no path can be missing or tampered with. */
#include "ShippedDictionary.h"
#include "ShippedForms.h"
#include "ShippedLanguages.h"
#include "ShippedPolicy.h"
