"""Documents to bytes: UTF-8, the order of the schema, the same bytes for the same document."""

from eshop.ubl.binding import CAC, CBC, write_element
from eshop.ubl.profiles import Profile, profile_named
from eshop.ubl.reading import UBL
from eshop.ubl.values import Document


def write(document: Document, profile: Profile | str | None = None, transaction: str | None = None) -> bytes:
    """The XML of `document`, said in the words of `profile` (or of its interface word 'oioubl-2.1').

    Without a profile the document is written as it stands: what was read comes out as it was read. An unknown word raises
    KeyError. `transaction` as in `Profile.express`.
    """
    if profile is not None:
        said = profile_named(profile) if isinstance(profile, str) else profile
        document = said.express(document, transaction)
    name = type(document).__name__
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<{name} xmlns="{UBL}{name}-2" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">\n',
    ]
    write_element(document, parts, "  ")
    parts.append(f"</{name}>\n")
    return "".join(parts).encode("utf-8")
