"""How an invoice is to be paid is kept and shown: bank account, IBAN, payment slip, NemKonto."""

from dataclasses import replace

import pytest

from eshop import ubl
from tests.invoicing.papers import Paper
from tests.web.conftest import Site
from tests.web.school import EXACT, only_invoice, school

__all__ = ["school"]

SLIP = ubl.PaymentMeans(
    payment_means_code=ubl.Code("93"),
    payment_channel_code=ubl.Code("DK:FIK"),
    payment_ids=(ubl.Identifier("71"),),
    instruction_id=ubl.Identifier("000000123456785"),
    credit_account=ubl.CreditAccount(account_id=ubl.Identifier("82345678")),
)
PEPPOL_SLIP = ubl.PaymentMeans(
    payment_means_code=ubl.Code("93"),
    payment_ids=(ubl.Identifier("71#000000123456785"),),
    payee_financial_account=ubl.FinancialAccount(id=ubl.Identifier("82345678")),
)
NEMKONTO = ubl.PaymentMeans(payment_means_code=ubl.Code("97"), payment_channel_code=ubl.Code("DK:NEMKONTO"))
IBAN = ubl.PaymentMeans(
    payment_means_code=ubl.Code("58"),
    payee_financial_account=ubl.FinancialAccount(id=ubl.Identifier("DE89370400440532013000")),
)


@pytest.mark.parametrize(
    ("profile", "paid", "beside", "written"),
    [
        (
            "oioubl-2.1",
            SLIP,
            "+71&lt;000000123456785+82345678&lt; · indbetalingskort (FIK)",
            "indbetalingskort (FIK) (93)",
        ),
        ("peppol-bis-3", PEPPOL_SLIP, "+71&lt;000000123456785+82345678&lt;", "Kortets kodelinje"),
        ("oioubl-2.1", NEMKONTO, "NemKonto", "NemKonto (97)"),
        ("peppol-bis-3", IBAN, "DE89370400440532013000 · overførsel til IBAN", "overførsel til IBAN (58)"),
    ],
)
def test_how_it_is_paid_is_shown_in_words(
    school: Site, profile: str, paid: ubl.PaymentMeans, beside: str, written: str
) -> None:
    paper = Paper(EXACT).but(number="F-1", profile=profile)
    document = replace(paper.document(), payment_means=(paid,))
    school.town.receive(ubl.write(document, paper.profile))  # type: ignore[attr-defined]
    invoice = only_invoice(school)
    soeren = school.signed_in("soeren")
    assert beside in soeren.get(f"/invoices/{invoice}")
    assert written in soeren.get(f"/invoices/{invoice}/as-written")
