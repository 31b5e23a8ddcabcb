"""Invoices: the queue by what blocks, one invoice beside its order and receipts, and the decision."""

from flask import Blueprint

blueprint = Blueprint("invoices", __name__)
