/* GPT-2's byte alphabet: every byte a printable character.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>

/* Symbols in the order of their characters: first the bytes that stand for themselves … */
enum { FIRST = 0x7E - 0x21 + 1, SECOND = 0xAC - 0xA1 + 1, THIRD = 0xFF - 0xAE + 1 };
enum { THEMSELVES = FIRST + SECOND + THIRD, EXTRA = 256 - THEMSELVES };

static bool stands_for_itself(uint32_t c)
{
    return (c >= 0x21 && c <= 0x7E) || (c >= 0xA1 && c <= 0xAC) || (c >= 0xAE && c <= 0xFF);
}

/* … then the other 68, in order: 00-20, 7F-A0, AD. */
static uint8_t extra_byte(uint32_t i)
{
    if (i <= 0x20) return (uint8_t)i;
    if (i < EXTRA - 1) return (uint8_t)(0x7F + i - 0x21);
    return 0xAD;
}

uint8_t sm_byte_of_symbol(uint32_t symbol)
{
    if (symbol >= THEMSELVES) return extra_byte(symbol - THEMSELVES);
    if (symbol < FIRST) return (uint8_t)(0x21 + symbol);
    if (symbol < FIRST + SECOND) return (uint8_t)(0xA1 + symbol - FIRST);
    return (uint8_t)(0xAE + symbol - FIRST - SECOND);
}

uint32_t sm_symbol_of_byte(uint8_t byte)
{
    if (byte <= 0x20) return THEMSELVES + byte;
    if (byte <= 0x7E) return byte - 0x21u;
    if (byte <= 0xA0) return THEMSELVES + 0x21u + byte - 0x7Fu;
    if (byte == 0xAD) return 255;
    return byte < 0xAD ? FIRST + byte - 0xA1u : FIRST + SECOND + byte - 0xAEu;
}

uint32_t sm_character_of_byte(uint8_t byte)
{
    return stands_for_itself(byte) ? byte : 0x100 + sm_symbol_of_byte(byte) - THEMSELVES;
}

int sm_byte_of_character(uint32_t character)
{
    if (stands_for_itself(character)) return (int)character;
    if (character < 0x100 || character >= 0x100 + EXTRA) return -1;
    return extra_byte(character - 0x100);
}
