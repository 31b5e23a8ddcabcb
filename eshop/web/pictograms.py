"""Which of our own pictograms stands for an item whose supplier sent no picture: by what its name begins with, else by UNSPSC."""

from typing import Final

BY_CODE: Final = (
    ("5313160", "pump"), ("47131801", "brush"), ("4713160", "brush"), ("4713180", "can"), ("471318", "can"), ("531316", "pump"),
    ("5310", "shirt"), ("5311", "shoe"), ("531315", "nappy"), ("531", "pump"), ("4712", "bag"), ("4713", "can"), ("47", "can"),
    ("141117", "roll"), ("1411", "paper"), ("422", "aid"), ("4231", "plaster"), ("4218", "plaster"), ("4213", "gloves"),
    ("42", "plaster"), ("461815", "gloves"), ("461816", "shoe"), ("4618", "shirt"), ("4617", "card"), ("441217", "pens"),
    ("441215", "paper"), ("441220", "paper"), ("4412", "pens"), ("4410", "cartridge"), ("44", "paper"), ("601", "bricks"),
    ("60", "bricks"), ("5013", "milk"), ("5018", "bread"), ("5022", "packet"), ("5020", "packet"), ("5030", "fruit"),
    ("5031", "fruit"), ("5032", "fruit"), ("5040", "vegetable"), ("5041", "vegetable"), ("50", "packet"), ("51", "sanitiser"),
    ("24", "bag"), ("2611", "plug"), ("2612", "plug"), ("26", "plug"), ("27", "tool"), ("31", "tool"), ("3910", "bulb"),
    ("39", "plug"), ("4319", "phone"), ("43", "screen"), ("5512", "paper"), ("55", "book"), ("56", "table"), ("5214", "plug"),
    ("5215", "cup"), ("5216", "plug"), ("52", "bedding"), ("49", "bricks"),
)  # fmt: skip
"""UNSPSC prefix → pictogram, the first that fits."""

BY_WORD: Final = (
    ("ringbind", "paper"), ("folie", "roll"), ("dunk", "can"), ("dispenser", "cartridge"), ("patron", "cartridge"),
    ("toner", "cartridge"), ("sko", "shoe"), ("støvle", "shoe"), ("stol", "chair"), ("taburet", "chair"), ("bord", "table"),
    ("reol", "cabinet"), ("skab", "cabinet"), ("skuffe", "cabinet"), ("garderobe", "cabinet"), ("bogkasse", "cabinet"),
    ("pc", "screen"), ("skærm", "screen"), ("tablet", "phone"), ("telefon", "phone"), ("led-pære", "bulb"), ("lampe", "bulb"),
    ("lygte", "bulb"), ("kabel", "plug"), ("batteri", "plug"), ("ovn", "plug"), ("køleskab", "plug"), ("maskine", "plug"),
    ("opvaskemiddel", "pump"), ("vaskemiddel", "packet"), ("sprit", "sanitiser"), ("desinf", "sanitiser"), ("forklæde", "shirt"),
    ("bukser", "shirt"), ("jakke", "shirt"), ("shirt", "shirt"), ("vest", "shirt"), ("kittel", "shirt"), ("regnsæt", "shirt"),
    ("børste", "brush"), ("kost", "brush"), ("moppe", "brush"), ("skraber", "brush"), ("pensel", "brush"), ("pensler", "brush"),
    ("skrue", "tool"), ("hammer", "tool"), ("bor", "tool"), ("søm", "tool"), ("saks", "tool"), ("værktøj", "tool"),
    ("maling", "can"), ("lagen", "bedding"), ("pude", "bedding"), ("madras", "bedding"), ("dyne", "bedding"), ("tæppe", "bedding"),
    ("gardin", "bedding"), ("underlag", "bedding"), ("plaster", "plaster"), ("kompres", "plaster"), ("bind", "plaster"),
    ("bandage", "plaster"), ("rollator", "aid"), ("stok", "aid"), ("forhøjer", "aid"), ("bog", "book"), ("notesbog", "book"),
    ("sæbe", "pump"), ("shampoo", "pump"), ("toiletpapir", "roll"), ("rulle", "roll"), ("tape", "roll"), ("håndklædeark", "roll"),
    ("serviet", "wipes"), ("servietter", "wipes"), ("klud", "wipes"), ("bleer", "nappy"), ("inkontinensble", "nappy"),
    ("handske", "gloves"), ("yoghurt", "milk"), ("mælk", "milk"), ("gulerod", "vegetable"), ("gulerødder", "vegetable"),
    ("kartof", "vegetable"), ("grønt", "vegetable"), ("løg", "vegetable"), ("banan", "fruit"), ("æble", "fruit"), ("pære", "fruit"),
    ("tusch", "pens"), ("tusser", "pens"), ("blyant", "pens"), ("pen", "pens"), ("brød", "bread"), ("bolle", "bread"),
    ("klodser", "bricks"), ("puslespil", "bricks"), ("dukke", "bricks"), ("leg", "bricks"), ("karton", "card"), ("papir", "paper"),
    ("pose", "bag"), ("sæk", "bag"), ("rengøring", "can"), ("middel", "can"), ("rens", "can"), ("saft", "bottle"),
    ("juice", "bottle"), ("olie", "bottle"), ("ketchup", "bottle"),
)  # fmt: skip
"""The end of a word of what the item is → pictogram, the first that fits."""


def pictogram(name: str, unspsc: str | None = None) -> str:
    """pictogram('Håndsæbe, mild, 5 liter dunk', '53131608') → 'can': a container it comes in says more than what is in it. What nothing
    fits is a card box."""
    if name.lower().rstrip(" .").endswith(" dunk"):
        return "can"
    what = [word.strip("().,") for word in name.lower().partition(",")[0].split()]
    for ending, found in BY_WORD:
        if any(word.endswith((ending, f"{ending}r", f"{ending}er", f"{ending}e")) for word in what):
            return found
    for prefix, found in BY_CODE:
        if unspsc and unspsc.startswith(prefix):
            return found
    return "card"
