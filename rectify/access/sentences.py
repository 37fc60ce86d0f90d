"""How an act of this room says no: a Chinese sentence that names the field, the fault and the way out."""

from __future__ import annotations


def _(sentence: str) -> str:
    """Marks a sentence for the catalogue of translations; the page translates it."""
    return sentence


class Refused(ValueError):
    """What was asked may not be. `field` is where it was typed ("" for the whole), `values` fill the sentence."""

    def __init__(self, field: str, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.field = field
        self.sentence = sentence
        self.values = values
