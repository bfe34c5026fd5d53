/* The names and labels of charsets: WHATWG Encoding, section 4.2.
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>

#include <string.h>

#include "ascii.h"

/* ISO-8859-8-I, which differs in the direction of writing alone, counts as ISO-8859-8. */
static const struct {
    const char *name, *labels; /* parted by blanks */
} charsets[SM_CHARSETS] = {
    [SM_CHARSET_UNKNOWN] = {"", ""},
    [SM_UTF_8] = {"UTF-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8"
                           " x-unicode20utf8"},
    [SM_SHIFT_JIS] = {"Shift_JIS",
                      "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
    [SM_EUC_JP] = {"EUC-JP", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
    [SM_ISO_2022_JP] = {"ISO-2022-JP", "csiso2022jp iso-2022-jp"},
    [SM_UTF_16LE] = {"UTF-16LE",
                     "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"},
    [SM_UTF_16BE] = {"UTF-16BE", "unicodefffe utf-16be"},
    [SM_GBK] = {"GBK", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk"
                       " iso-ir-58 x-gbk"},
    [SM_GB18030] = {"gb18030", "gb18030"},
    [SM_BIG5] = {"Big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
    [SM_EUC_KR] = {"EUC-KR", "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987"
                             " ks_c_5601-1989 ksc5601 ksc_5601 windows-949"},
    [SM_IBM866] = {"IBM866", "866 cp866 csibm866 ibm866"},
    [SM_ISO_8859_2] = {"ISO-8859-2",
                       "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2"
                       " iso_8859-2:1987 l2 latin2"},
    [SM_ISO_8859_3] = {"ISO-8859-3",
                       "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3"
                       " iso_8859-3:1988 l3 latin3"},
    [SM_ISO_8859_4] = {"ISO-8859-4",
                       "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4"
                       " iso_8859-4:1988 l4 latin4"},
    [SM_ISO_8859_5] = {"ISO-8859-5",
                       "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595"
                       " iso_8859-5 iso_8859-5:1988"},
    [SM_ISO_8859_6] = {"ISO-8859-6",
                       "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114"
                       " iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596"
                       " iso_8859-6 iso_8859-6:1987"},
    [SM_ISO_8859_7] = {"ISO-8859-7",
                       "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126"
                       " iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
    [SM_ISO_8859_8] = {"ISO-8859-8",
                       "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138"
                       " iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i"
                       " iso-8859-8-i logical"},
    [SM_ISO_8859_10] = {"ISO-8859-10",
                        "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    [SM_ISO_8859_13] = {"ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    [SM_ISO_8859_14] = {"ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    [SM_ISO_8859_15] = {"ISO-8859-15",
                        "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
    [SM_ISO_8859_16] = {"ISO-8859-16", "iso-8859-16"},
    [SM_KOI8_R] = {"KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r"},
    [SM_KOI8_U] = {"KOI8-U", "koi8-ru koi8-u"},
    [SM_MACINTOSH] = {"macintosh", "csmacintosh mac macintosh x-mac-roman"},
    [SM_WINDOWS_874] = {"windows-874",
                        "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"},
    [SM_WINDOWS_1250] = {"windows-1250", "cp1250 windows-1250 x-cp1250"},
    [SM_WINDOWS_1251] = {"windows-1251", "cp1251 windows-1251 x-cp1251"},
    [SM_WINDOWS_1252] = {"windows-1252",
                         "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1"
                         " iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1"
                         " us-ascii windows-1252 x-cp1252"},
    [SM_WINDOWS_1253] = {"windows-1253", "cp1253 windows-1253 x-cp1253"},
    [SM_WINDOWS_1254] =
        {"windows-1254",
         "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9"
         " iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254"},
    [SM_WINDOWS_1255] = {"windows-1255", "cp1255 windows-1255 x-cp1255"},
    [SM_WINDOWS_1256] = {"windows-1256", "cp1256 windows-1256 x-cp1256"},
    [SM_WINDOWS_1257] = {"windows-1257", "cp1257 windows-1257 x-cp1257"},
    [SM_WINDOWS_1258] = {"windows-1258", "cp1258 windows-1258 x-cp1258"},
    [SM_MAC_CYRILLIC] = {"x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"},
};

const char *sm_charset_name(sm_charset charset)
{
    return charsets[charset].name;
}

/* Whether a label is one of a list. */
static bool is_among(sm_span label, const char *list)
{
    while (*list) {
        const size_t n = strcspn(list, " ");
        size_t i = 0;
        while (i < n && i < label.n && sm_lower(label.p[i]) == list[i])
            i++;
        if (i == n && i == label.n) return true;
        list += n + strspn(list + n, " ");
    }
    return false;
}

sm_charset sm_charset_of(sm_span label)
{
    label = sm_trim(label);
    for (sm_charset charset = SM_UTF_8; label.n && charset < SM_CHARSETS; charset++)
        if (is_among(label, charsets[charset].labels)) return charset;
    return SM_CHARSET_UNKNOWN;
}
