"""Lindeå Kommune and Skovby Kommune: who they are, who works there, what they have agreed on. Own words, all names invented. (pure)

Everything here is given in the files of INTERFACES §2 (`organisation`, `agreements`, `suppliers`), so that the demo goes in through
the same doors as a municipality's own data. Days are counted from the demo's day.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

PASSWORD: Final = "demo"  # noqa: S105  refused by sign-in unless the demo is served on a loopback address
HELP_PHONE: Final = "72 00 11 22"
LINDEAA: Final = "29990115"
SKOVBY: Final = "30110129"

SIGN_INS: Final[Mapping[str, str]] = {
    "mette": "orderer, Børnehuset Mælkevejen",
    "aisha": "local lead, Børnehuset Mælkevejen",
    "sofie": "colleague without the right to order, Børnehuset Mælkevejen",
    "jens": "approver, leader of Børnehuset Mælkevejen",
    "kim": "purchasing lead",
    "soeren": "finance",
    "anna": "auditor",
    "admin": "administrator",
    "henrik": "supplier, HygiejneHuset A/S",
    "lone": "orderer, Skovby Kommune",
}
"""Who can sign in to the demo, and as what."""

MAELKEVEJEN: Final = "5798009901026"
MYRETUEN: Final = "5798009901033"
STJERNEKIG: Final = "5798009901040"
SOLGAARDEN: Final = "5798009901057"
SKOLEN: Final = "5798009901071"

_UNITS: Final = (
    # gln, name, under, function, cost centre, yearly budget, street, places goods are left
    ("5798009901019", "Rådhuset, Indkøb og Økonomi", None, "6.45.51", "1100", 900_000, "Rådhuspladsen 1", ()),
    (
        MAELKEVEJEN,
        "Børnehuset Mælkevejen",
        None,
        "5.25.14",
        "2114",
        68_000,
        "Stjernevej 14",
        ("Varegård ved køkkenet", "Hovedindgang"),
    ),
    (MYRETUEN, "Børnehuset Myretuen", None, "5.25.14", "2118", 72_000, "Grantoften 3", ("Køkkenet",)),
    (STJERNEKIG, "Vuggestuen Stjernekig", None, "5.25.13", "2121", 48_000, "Planetvej 8", ("Depotet",)),
    (SOLGAARDEN, "Plejecenter Solgården", None, "5.30.27", "3102", 410_000, "Søndre Allé 22", ("Rampe mod øst",)),
    ("5798009901064", "Plejecenter Åbrinken", None, "5.30.27", "3104", 380_000, "Åbrinken 1", ("Varemodtagelsen",)),
    (SKOLEN, "Lindeå Skole", None, "3.22.01", "4201", 620_000, "Skolegade 40", ("Pedelkontoret", "Skolekøkkenet")),
    ("5798009901088", "Lindeå Skole, SFO og klub", "Lindeå Skole", "3.22.05", "4205", 90_000, "Skolegade 42", ()),
    ("5798009901095", "Bakkeskolen", None, "3.22.01", "4202", 540_000, "Bakkevej 5", ("Pedelkontoret",)),
    ("5798009901101", "Hovedbiblioteket", None, "3.32.50", "4301", 120_000, "Torvet 6", ()),
    ("5798009901118", "Lindeå Idrætshal", None, "0.32.31", "4402", 150_000, "Stadionvej 11", ()),
    ("5798009901125", "Vej og Park", None, "2.28.11", "5101", 330_000, "Industrivej 30", ("Materielgården",)),
    ("5798009901132", "Hjemmeplejen Nord", None, "5.30.26", "3201", 260_000, "Nørregade 17", ()),
    (
        "5798009901149",
        "Centralkøkkenet",
        None,
        "5.30.29",
        "3301",
        1_900_000,
        "Havnegade 9",
        ("Køl", "Frost", "Tørvarer"),
    ),
    ("5798009901156", "Jobcenter Lindeå", None, "5.68.90", "6101", 70_000, "Banegårdspladsen 2", ()),
)

_OFFICES: Final = ("5798009901101", "5798009901156", "5798009901019")

_PEOPLE: Final = (
    ("mette", "Mette Kragh Sørensen", (("orderer", MAELKEVEJEN, None),)),
    ("aisha", "Aisha Nur", (("local_lead", MAELKEVEJEN, None), ("orderer", MYRETUEN, None))),
    (
        "jens",
        "Jens Holm",
        (
            ("approver", MAELKEVEJEN, "10000.00"),
            ("approver", MYRETUEN, "10000.00"),
            ("approver", STJERNEKIG, "10000.00"),
        ),
    ),
    ("kim", "Kim Thorsager", (("purchasing_lead", None, None),)),
    ("soeren", "Søren Hald", (("finance", None, None),)),
    ("anna", "Anna Borg", (("auditor", None, None),)),
    ("admin", "Drift og brugere", (("administrator", None, None),)),
    ("lise", "Lise Ravn", (("approver", None, None),)),
    ("bodil", "Bodil Frandsen", (("finance", None, None),)),
    ("tove", "Tove Lindgren", (("orderer", SOLGAARDEN, None), ("orderer", "5798009901064", None))),
    ("bo", "Bo Eskildsen", (("approver", SOLGAARDEN, "25000.00"), ("approver", "5798009901064", "25000.00"))),
    ("ida", "Ida Vestergård", (("orderer", SKOLEN, None), ("orderer", "5798009901095", None))),
    ("per", "Per Nygaard", (("approver", SKOLEN, "20000.00"), ("approver", "5798009901095", "20000.00"))),
    ("lars", "Lars Bisgaard", (("orderer", "5798009901125", None), ("orderer", "5798009901118", None))),
    ("hanne", "Hanne Molbæk", (("orderer", "5798009901149", None), ("orderer", "5798009901132", None))),
    ("nadia", "Nadia Amiri", (("orderer", "5798009901101", None), ("orderer", "5798009901156", None))),
    ("omar", "Omar Haddad", tuple(("local_lead", place, None) for place in _OFFICES)),
    ("kurt", "Kurt Winther", (("local_lead", "5798009901125", None), ("local_lead", "5798009901118", None))),
    ("sanne", "Sanne Bruun", (("local_lead", "5798009901149", None), ("local_lead", "5798009901132", None))),
    ("henrik", "Henrik Storm", (("supplier", None, None),)),
    ("vibeke", "Vibeke Dahl", (("orderer", STJERNEKIG, None), ("orderer", "5798009901019", None))),
    ("sofie", "Sofie Lind", (("colleague", MAELKEVEJEN, None),)),
)

CENTRES: Final = tuple((name, function, centre) for _, name, _, function, centre, *_ in _UNITS)
"""Units with the function and cost centre they are coded with."""

SUPPLIERS_PEOPLE: Final[Mapping[str, str]] = {"henrik": "31220114"}
"""Whose person a supplier's sign-in is: user → CVR."""

SUPPLIERS: Final = (
    # cvr, gln, name, profile, bank registration, account
    ("31220114", "5790009902010", "HygiejneHuset A/S", "peppol-bis-3", "9001", "0001234501"),
    ("32330118", "5790009902027", "Plejepartner A/S", "oioubl-2.1", "9002", "0001234502"),
    ("33440111", "5790009902034", "Nordkontor A/S", "peppol-bis-3", "9003", "0001234503"),
    ("34550115", "5790009902041", "Grønt & Frisk Engros A/S", "oioubl-2.1", "9004", "0001234504"),
    ("35660119", "5790009902058", "Legehjørnet ApS", "peppol-bis-3", "9005", "0001234505"),
    ("36770112", "5790009902065", "Elspar Erhverv ApS", "peppol-bis-3", "9006", "0001234506"),
    ("37880116", "5790009902072", "Inventarhuset Bøgelund A/S", "oioubl-2.1", "9007", "0001234507"),
    ("38990128", "5790009902089", "Værkstedslageret A/S", "oioubl-2.1", "9008", "0001234508"),
    ("39110113", "5790009902096", "Digitalhuset Fjordby A/S", "peppol-bis-3", "9009", "0001234509"),
    ("40220119", "5790009902102", "Havmølle Køkkengros A/S", "peppol-bis-3", "9010", "0001234510"),
)

STRANGER: Final = ("41330112", "5790009902119", "Holk & Søn Tømrerfirma ApS")
"""A supplier the municipality does not know, who sends an invoice all the same."""


def organisation() -> dict[str, Any]:
    """Lindeå's organisation file."""
    return {
        "municipality": {
            "cvr": LINDEAA,
            "name": "Lindeå Kommune",
            "dimensions": ["function", "cost_centre", "art"],
            "default_coding": {"function": "6.45.51", "cost_centre": "1100", "art": "2.9"},
        },
        "institutions": [
            {
                "gln": gln,
                "name": name,
                "parent": parent,
                "delivery_points": [
                    {"name": point, "address": _address(street), "opening_days": [1, 2, 3, 4, 5]} for point in points
                ],
                "coding": {"function": function, "cost_centre": centre},
                "yearly_budget": f"{budget}.00",
                "address": _address(street),
            }
            for gln, name, parent, function, centre, budget, street, points in _UNITS
        ],
        "people": [
            {
                "user": user,
                "name": name,
                "email": f"{user}@lindeaa.example",
                "roles": [{"role": role, "institution": place, "limit": limit} for role, place, limit in roles],
            }
            | ({"supplier": SUPPLIERS_PEOPLE[user]} if user in SUPPLIERS_PEOPLE else {})
            for user, name, roles in _PEOPLE
        ],
    }


def neighbour() -> dict[str, Any]:
    """Skovby's organisation file: there so that it can be seen that neither municipality sees the other."""
    gln = "5798009901217"
    return {
        "municipality": {
            "cvr": SKOVBY,
            "name": "Skovby Kommune",
            "dimensions": ["function", "cost_centre", "art"],
            "default_coding": {"function": "6.45.51", "cost_centre": "9000", "art": "2.9"},
        },
        "institutions": [
            {
                "gln": gln,
                "name": "Skovby Børnehus",
                "coding": {"function": "5.25.14", "cost_centre": "9114"},
                "address": {"street": "Egevej 2", "zip": "4897", "city": "Skovby"},
            }
        ],
        "people": [
            {
                "user": "lone",
                "name": "Lone Kjær",
                "email": "lone@skovby.example",
                "roles": [{"role": "orderer", "institution": gln}],
            },
            {
                "user": "ulla",
                "name": "Ulla Toft",
                "roles": [{"role": "approver", "institution": None}, {"role": "purchasing_lead", "institution": None}],
            },
        ],
    }


def suppliers() -> list[dict[str, Any]]:
    """Both municipalities' suppliers file: who they are and which accounts are known."""
    return [
        {
            "cvr": cvr,
            "gln": gln,
            "name": name,
            "active": True,
            "payment_accounts": [{"scheme": "DK:BANK", "registration": registration, "account": account}],
        }
        for cvr, gln, name, _, registration, account in SUPPLIERS
    ]


def agreements(day: date) -> list[dict[str, Any]]:
    """The agreements file as of `day`: joint mandatory and voluntary, community and own; one ended, one Lindeå has not joined
    (50.84), two that run in parallel (2024-117 and 2025-052 cover the same creative materials)."""
    year = timedelta(days=365)
    both = [{"cvr": LINDEAA}, {"cvr": SKOVBY}]
    lindeaa, skovby = [{"cvr": LINDEAA}], [{"cvr": SKOVBY}]
    more = {
        "50.81": {
            "options": [
                {
                    "to": (day + 3 * year).isoformat(),
                    "notify_by": (day + 2 * year - timedelta(days=180)).isoformat(),
                }
            ],
            "declarations": [{"kind": "Adfærdskodeks", "to": (day + timedelta(days=150)).isoformat()}],
        },
        "2025-041": {"declarations": [{"kind": "Miljøledelse, ISO 14001", "to": (day + year).isoformat()}]},
    }

    def agreement(
        number: str,
        title: str,
        level: str,
        supplier: int,
        joined: list[dict[str, Any]],
        lots: Mapping[str, tuple[str, list[str]]] | None = None,
        *,
        start: date = day - 2 * year,
        end: date = day + 2 * year,
        unspsc: tuple[str, ...] = (),
        cap: str | None = "3.0",
        freight: tuple[str, str] | None = ("79.00", "500.00"),
        minimum: str | None = None,
        days: int | dict[str, Any] = 2,
        target: str = "85",
        ceiling: str | None = None,
    ) -> dict[str, Any]:
        cvr, gln, name = SUPPLIERS[supplier][:3]
        return {
            "number": number,
            "title": title,
            "level": level,
            "from": start.isoformat(),
            "to": end.isoformat(),
            "supplier": {"cvr": cvr, "gln": gln, "name": name},
            "lots": [
                {"number": lot, "title": words, "unspsc": prefixes} for lot, (words, prefixes) in (lots or {}).items()
            ],
            "unspsc": list(unspsc),
            "joined": [{**one, "from": start.isoformat()} for one in joined],
            "price_regulation": {"cap_percent": cap, "notice_days": 30} if cap else None,
            "fees": [{"kind": "freight", "max": freight[0], "free_above": freight[1]}] if freight else [],
            "minimum_order": minimum,
            "delivery_days": days,
            "compliance_target_percent": target,
            "ceiling": ceiling,
            "responsible": "kim",
            **more.get(number, {}),
        }

    return [
        agreement(
            "50.81",
            "Rengøring og aftørring",
            "joint_mandatory",
            0,
            both,
            {
                "1": ("Rengøringsmidler og sæbe", ["4713", "53131608", "53131627"]),
                "2": ("Aftørringspapir", ["14111703", "14111704"]),
                "3": ("Redskaber og sække", ["4712", "471315", "471316", "471317"]),
            },
            ceiling="600000",
            target="90",
        ),
        agreement(
            "50.82",
            "Kontorartikler og papir",
            "joint_mandatory",
            2,
            both,
            {
                "1": ("Kontorartikler", ["4412", "4410", "4411", "3120", "2611", "5512"]),
                "2": ("Papir", ["141115", "44121506"]),
            },
            ceiling="180000",
        ),
        agreement(
            "50.83",
            "It-udstyr og tilbehør",
            "joint_voluntary",
            8,
            lindeaa,
            {
                "1": ("Udstyr", ["432115", "432119", "432121", "4319", "4322"]),
                "2": ("Tilbehør", ["432117", "432022", "432020", "5216"]),
            },
            freight=None,
            days=4,
            ceiling="400000",
        ),
        agreement("50.84", "Storkøkkenudstyr", "joint_voluntary", 9, skovby, unspsc=("4810",), freight=None, days=10),
        agreement(
            "2024-088",
            "Fødevarer, kolonial og frost",
            "community",
            3,
            both,
            {
                "1": ("Frugt og grønt", ["5030", "5040"]),
                "2": ("Mejeri", ["5013"]),
                "3": ("Kolonial", ["5022", "5017", "5020", "5018"]),
                "4": ("Frost", ["5044"]),
            },
            end=day + timedelta(days=38),
            minimum="400.00",
            days={"lead": 1, "cut_off": "14:00"},
            ceiling="87000",
        ),
        agreement(
            "2025-041",
            "Engangsartikler og bleer",
            "community",
            1,
            both,
            {
                "1": ("Bleer og underlag", ["531023", "53131624", "421321", "421316"]),
                "2": ("Handsker og værnemidler", ["42132203", "46181501"]),
                "3": ("Personlig pleje", ["53131503", "53131613", "53131628"]),
                "4": ("Sårpleje og hjælpemidler", ["4231", "4218", "4221"]),
            },
            ceiling="240000",
            target="90",
        ),
        agreement("2025-052", "Kreative materialer", "community", 4, lindeaa, unspsc=("601211",), days=3),
        agreement(
            "2024-117",
            "Papir og kreative artikler",
            "own",
            2,
            lindeaa,
            unspsc=("601211", "14111514"),
            cap=None,
            ceiling="40000",
        ),
        agreement(
            "2025-061",
            "Legetøj og leg",
            "own",
            4,
            lindeaa,
            {
                "1": ("Legetøj og bøger", ["6014", "5510"]),
                "2": ("Uderum og rolleleg", ["4924", "60141401"]),
                "3": ("Værksted", ["601232", "601236", "601245", "60121203", "60121225"]),
            },
            days=3,
            ceiling="30000",
            target="80",
        ),
        agreement(
            "2026-012",
            "Møbler og inventar",
            "community",
            6,
            lindeaa,
            {
                "1": ("Stole og borde", ["561015", "561016"]),
                "2": ("Opbevaring og tekstil", ["5610153", "5210", "3911"]),
            },
            start=day - timedelta(days=320),
            freight=("395.00", "5000.00"),
            days=14,
            ceiling="150000",
        ),
        agreement(
            "2025-070",
            "Værktøj, beslag og arbejdstøj",
            "own",
            7,
            lindeaa,
            {
                "1": ("Værktøj", ["2711", "2712"]),
                "2": ("Beslag, lys og maling", ["3116", "3910", "3121"]),
                "3": ("Arbejdstøj", ["46181504", "46181604", "531016"]),
            },
            ceiling="60000",
        ),
        agreement(
            "2026-020",
            "Engangsservice og køkkenartikler",
            "own",
            9,
            lindeaa,
            {
                "1": ("Engangsservice", ["521515", "14111705", "24111"]),
                "2": ("Køkkenartikler", ["5215", "5212", "24112"]),
            },
            start=day - timedelta(days=330),
            ceiling="220000",
        ),
        agreement(
            "2023-019",
            "Hårde hvidevarer",
            "own",
            5,
            lindeaa,
            unspsc=("5214",),
            start=day - 3 * year,
            end=day - timedelta(days=24),
            freight=None,
            days=5,
        ),
    ]


def _address(street: str) -> dict[str, str]:
    return {"street": street, "zip": "4899", "city": "Lindeå"}
