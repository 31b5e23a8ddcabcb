"""Years of closed orders for the measurements: one that has been ordered, received, invoiced and posted, multiplied in the tables
themselves, which takes a minute for a million where the product would take hours."""

from typing import Any, Final

from sqlalchemy import text

from eshop.db import Base, Database
from eshop.exchange import Message
from invoicing.invoices import Invoice, InvoiceLine
from ordering.movements import Movement
from ordering.orders import OrderLine, PurchaseOrder

_ID: Final = "-n"
"""Below zero, where the product gives no ids."""
_CHANGED: Final[dict[type[Base], dict[str, str]]] = {
    PurchaseOrder: {"number": "'H-' || n", "number_key": "'H' || n", "state": "'closed'"},
    OrderLine: {"order_id": _ID},
    Message: {"uid": "'h-' || n", "sha256": "'h-' || n", "body": "''", "document_id": "'HF-' || n"},
    Invoice: {
        "message_id": _ID,
        "message_uid": "'h-' || n",
        "number": "'HF-' || n",
        "number_key": "'HF' || n",
        "content_key": "'h-' || n",
    },
    InvoiceLine: {"invoice_id": _ID},
    Movement: {"order_line_id": _ID, "invoice_id": _ID},
}


def grow(database: Database, invoice_id: int, begun: int, until: int) -> None:
    """Closed orders number `begun` to `until`, each like the one behind the posted invoice: its first line, delivered and paid."""
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT set_config('eshop.municipality', 'everyone', true)")
        first = "SELECT min(id) FROM {} WHERE {} = {}"
        line_id = connection.scalar(text(first.format("invoice_line", "invoice_id", invoice_id)))
        movement: Any = connection.execute(
            text(f"SELECT id, order_line_id FROM movement WHERE invoice_id = {invoice_id} ORDER BY id")
        ).first()
        order_id = connection.scalar(text(f"SELECT order_id FROM order_line WHERE id = {movement.order_line_id}"))
        message_id = connection.scalar(text(f"SELECT message_id FROM invoice WHERE id = {invoice_id}"))
        for entity, row_id in (
            (PurchaseOrder, order_id),
            (OrderLine, movement.order_line_id),
            (Message, message_id),
            (Invoice, invoice_id),
            (InvoiceLine, line_id),
            (Movement, movement.id),
        ):
            table: Any = entity.__table__
            written = {column.name: f'old."{column.name}"' for column in table.c} | {"id": _ID} | _CHANGED[entity]
            names = ", ".join(f'"{name}"' for name in written)
            connection.execute(
                text(
                    f'INSERT INTO "{table.name}" ({names}) '
                    "WITH RECURSIVE numbers(n) AS (SELECT CAST(:begun AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < :until) "
                    f'SELECT {", ".join(written.values())} FROM "{table.name}" old CROSS JOIN numbers WHERE old.id = :id'
                ),
                {"begun": begun, "until": until, "id": row_id},
            )
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
