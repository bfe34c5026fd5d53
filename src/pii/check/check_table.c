/* The checks by name.
 * SPDX-License-Identifier: MIT */
#include "../pii_internal.h"

static const struct {
    const char *name;
    sm_pii_check *check;
} checks[] = {
    {"my-number", sm_check_my_number},
    {"corporate-number", sm_check_corporate_number},
    {"driving-licence", sm_check_driving_licence},
    {"card", sm_check_card},
    {"insurer", sm_check_insurer},
    {"postal-code", sm_check_postal_code},
    {"phone", sm_check_phone},
    {"phone-service", sm_check_phone_service},
    {"email", sm_check_email},
    {"ipv4", sm_check_ipv4},
    {"ipv6", sm_check_ipv6},
    {"mac", sm_check_mac},
    {"url-credentials", sm_check_url_credentials},
    {"birth-date", sm_check_birth_date},
    {"plate", sm_check_plate},
    {"mrz", sm_check_mrz},
    {"entropy", sm_check_entropy},
    {"secret", sm_check_secret},
    {"password", sm_check_password},
    {"password-value", sm_check_password_value},
    {"insured-number", sm_check_insured_number},
    {"yucho", sm_check_yucho},
};

sm_pii_check *sm_pii_check_of(sm_span name)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (sm_span_equal(name, sm_span_of(checks[i].name))) return checks[i].check;
    return NULL;
}
