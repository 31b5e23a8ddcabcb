"""Code 128 as bars: what a label on a shelf says to a scanner. (pure)

Set B writes one character of ASCII with each symbol, set C two digits. A symbol is three bars and three spaces, eleven modules wide in all;
the last, stop, has one bar more. The check symbol is the sum of start and each symbol times its place, modulo 103. (ISO/IEC 15417)
"""

from typing import Final

_SYMBOLS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 "
    "223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 "
    "311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
).split()
_TO_B: Final = 100
_START_B: Final = 104
_START_C: Final = 105
_STOP: Final = 106
QUIET: Final = 10
"""Modules of nothing at each side, which a scanner needs to see where the code begins."""


def symbols(text: str) -> list[int]:
    """Start, what the text says, check and stop. ValueError for what Code 128 set B cannot say: æ, ø, å and the like."""
    if not text or not all(" " <= one <= "~" for one in text):
        raise ValueError(text)
    if text.isdigit() and len(text) > 3:
        even = len(text) // 2 * 2
        values = [_START_C, *(int(text[at : at + 2]) for at in range(0, even, 2))]
        if even < len(text):
            values += [_TO_B, ord(text[-1]) - 32]
    else:
        values = [_START_B, *(ord(one) - 32 for one in text)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    return [*values, check, _STOP]


def bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """The bars of the text, each with its place and width, and the width of the whole, in modules and with the quiet zones."""
    found: list[tuple[int, int]] = []
    at = QUIET
    for value in symbols(text):
        for place, width in enumerate(map(int, _SYMBOLS[value])):
            if place % 2 == 0:
                found.append((at, width))
            at += width
    return found, at + QUIET


def can_say(text: str) -> bool:
    return bool(text) and len(text) <= LONGEST and all(" " <= one <= "~" for one in text)


LONGEST: Final = 40
"""Characters that still make bars wide enough to be read from a label."""
