#include "ShippedForms.h"

/* #embed is C23; clang takes it in every mode and says so. */
#pragma clang diagnostic ignored "-Wc23-extensions"

/* Each ends with a newline of our own, whatever the file ends with. */
static const unsigned char lists[] = {
#embed "forms/lists.yaml" suffix(,)
    0x0A};
static const unsigned char report[] = {
#embed "forms/report.yaml" suffix(,)
    0x0A};
static const unsigned char person[] = {
#embed "forms/person.yaml" suffix(,)
    0x0A};
static const unsigned char person_role[] = {
#embed "forms/person_role.yaml" suffix(,)
    0x0A};
static const unsigned char event[] = {
#embed "forms/event.yaml" suffix(,)
    0x0A};
static const unsigned char need_referral[] = {
#embed "forms/need_referral.yaml" suffix(,)
    0x0A};
static const unsigned char consent[] = {
#embed "forms/consent.yaml" suffix(,)
    0x0A};
static const unsigned char note[] = {
#embed "forms/note.yaml" suffix(,)
    0x0A};
static const unsigned char organisation[] = {
#embed "forms/organisation.yaml" suffix(,)
    0x0A};
static const unsigned char feedback[] = {
#embed "forms/feedback.yaml" suffix(,)
    0x0A};
static const unsigned char milestone[] = {
#embed "forms/milestone.yaml" suffix(,)
    0x0A};
static const unsigned char measurement[] = {
#embed "forms/measurement.yaml" suffix(,)
    0x0A};
static const unsigned char indicator_obs[] = {
#embed "forms/indicator_obs.yaml" suffix(,)
    0x0A};

const yarrow_shipped_file yarrow_shipped_forms[] = {
    {"lists.yaml", lists, sizeof lists},
    {"report.yaml", report, sizeof report},
    {"person.yaml", person, sizeof person},
    {"person_role.yaml", person_role, sizeof person_role},
    {"event.yaml", event, sizeof event},
    {"need_referral.yaml", need_referral, sizeof need_referral},
    {"consent.yaml", consent, sizeof consent},
    {"note.yaml", note, sizeof note},
    {"organisation.yaml", organisation, sizeof organisation},
    {"feedback.yaml", feedback, sizeof feedback},
    {"milestone.yaml", milestone, sizeof milestone},
    {"measurement.yaml", measurement, sizeof measurement},
    {"indicator_obs.yaml", indicator_obs, sizeof indicator_obs},
};
const unsigned long yarrow_shipped_forms_count =
    sizeof yarrow_shipped_forms / sizeof yarrow_shipped_forms[0];
