"""Fills in any form of any item with valid answers, as names and values of a posted page."""

from forms.plausible import posted as page_post

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

__all__ = ["PDF", "page_post"]
