"""What a municipality is called and looks like: its name, the number to call, its colour.

The colour must be read on white: WCAG's contrast, (L₁ + 0,05) ÷ (L₂ + 0,05), at least 4.5. The darker and lighter shades are made of it.
"""

import re
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from eshop import audit
from eshop.errors import BadInput
from eshop.identity import Actor, Municipality, require, the_municipality

LEAST_CONTRAST: Final = Decimal("4.5")
COLOUR: Final = re.compile(r"#?([0-9a-f]{6})")
Rgb = tuple[int, int, int]


def read_colour(text: str) -> Rgb:
    """'#0b4f54' → (11, 79, 84). BadInput `bad_colour`."""
    found = COLOUR.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput("bad_colour", value=text[:20])
    return (int(found[1][0:2], 16), int(found[1][2:4], 16), int(found[1][4:6], 16))


def contrast_on_white(colour: Rgb) -> Decimal:
    """White on white is 1, black on white 21; #0b4f54 is 9.3."""
    red, green, blue = (_linear(part) for part in colour)
    luminance = Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue
    return Decimal("1.05") / (luminance + Decimal("0.05"))


def _linear(part: int) -> Decimal:
    share = Decimal(part) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")


def checked_colour(text: str) -> str:
    """'#RRGGBB' of a colour that can be read. BadInput `bad_colour`, `colour_too_light` with the contrast it has."""
    colour = read_colour(text)
    contrast = contrast_on_white(colour)
    if contrast < LEAST_CONTRAST:
        raise BadInput("colour_too_light", contrast=contrast.quantize(Decimal("0.1")), least=LEAST_CONTRAST)
    return _written(colour)


def shades(text: str) -> dict[str, str]:
    """The four variables of the style sheet: the colour, darker for what is pointed at, and two light ones for surfaces and lines."""
    colour = read_colour(text)
    return {
        "--brand": _written(colour),
        "--brand-strong": _written(_mixed(colour, (0, 0, 0), 30)),
        "--brand-tint": _written(_mixed(colour, (255, 255, 255), 91)),
        "--brand-line": _written(_mixed(colour, (255, 255, 255), 70)),
    }


def _mixed(colour: Rgb, other: Rgb, percent: int) -> Rgb:
    red, green, blue = ((a * (100 - percent) + b * percent) // 100 for a, b in zip(colour, other, strict=True))
    return (red, green, blue)


def _written(colour: Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def change_appearance(
    session: Session, name: str, brand: str | None, help_phone: str | None, by: Actor
) -> Municipality:
    """BadInput `write_a_name`, `bad_colour`, `colour_too_light`; each change is in the audit trail."""
    require(by, "manage_settings")
    if not name.strip():
        raise BadInput("write_a_name")
    municipality = the_municipality(session)
    wanted = {"brand": checked_colour(brand) if brand else None, "help_phone": help_phone}
    before = {"name": municipality.name, **{key: municipality.settings.get(key) for key in wanted}}
    after = {"name": name.strip()[:120], **wanted}
    for key, value in after.items():
        if before[key] != value:
            audit.record(
                session,
                "setting_changed",
                "municipality",
                municipality.id,
                by,
                name=key,
                before=before[key],
                after=value,
            )
    municipality.name = str(after["name"])
    municipality.settings = {**municipality.settings, **wanted}
    return municipality
