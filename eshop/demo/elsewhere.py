"""What was bought beside the agreements during the year: in their item groups, without an order, coded by the leader.

It is what makes the compliance of an agreement something to look at: office supplies and toys are far below their target.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import invoicing
from eshop.demo import paper
from eshop.demo.invoice_desk import no_order
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import Market

TOOLS: Final = "38990128"
KITCHEN: Final = "40220119"
OFFICE: Final = "33440111"
TOYS: Final = "35660119"
GREENS: Final = "34550115"

_BOUGHT: Final = (
    # days ago, from whom, what, how many, price each, UNSPSC
    (331, TOOLS, "Ringbind A4, assorteret", 60, "24.50", "44122003"),
    (296, KITCHEN, "Håndsæbe, 5 liter", 12, "118.00", "53131608"),
    (274, OFFICE, "Puslespil, træ", 14, "128.00", "60141002"),
    (251, TOOLS, "Kopipapir A4, kasse", 14, "189.00", "14111507"),
    (228, KITCHEN, "Frosne grøntsager, 10 kg", 18, "162.00", "50440000"),
    (203, OFFICE, "Byggeklodser, stor kasse", 6, "449.00", "60141009"),
    (181, TOOLS, "Universalrengøring, dunk", 30, "96.00", "47131801"),
    (160, TOYS, "Kuglepenne og tusser, klassesæt", 11, "245.00", "44121704"),
    (139, KITCHEN, "Engangshandsker, nitril", 40, "72.00", "42132203"),
    (118, GREENS, "Papirhåndklæder, palle", 8, "690.00", "14111703"),
    (96, OFFICE, "Udklædning og rolleleg", 5, "398.00", "60141401"),
    (74, KITCHEN, "Mel, havregryn og pasta", 45, "139.00", "50221101"),
    (55, TOOLS, "Mapper og arkivæsker", 40, "38.75", "44122011"),
    (41, GREENS, "Bleer, storpakke", 22, "149.00", "53102305"),
)


def buy_elsewhere(market: Market, day: date) -> None:
    """Fourteen invoices that nobody had ordered on an agreement, paid all the same."""
    for ago, cvr, name, count, price, unspsc in _BOUGHT:
        came = day - timedelta(days=ago)
        line = paper.Billed(name, Decimal(count), "EA", Decimal(price), unspsc=unspsc)
        invoice = no_order(market, cvr, came, line)
        coding, _ = invoicing.proposed_coding(market.session, invoice)
        parts = [{"share": "100", "coding": coding}]
        jens = market.actor("jens", MAELKEVEJEN, market.at(came + timedelta(days=3), "10:05"), 40)
        invoicing.decide(market.session, invoice, "code", "Købt uden for aftalen", jens, coding=parts)
