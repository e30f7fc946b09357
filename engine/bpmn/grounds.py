"""The grounds on which a case's clock may stand still: a closed list, law.md C10, and its notes.

The promise and the statute stop differently (滨州 19): each ground says which of the two it stops.
An item's own article (``own:<article>``, such as ``own:器械办法13``) stops both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from forms.text import Text

OWN: Final = "own:"
#: 中止: why the whole procedure stands still; the item's article follows the code and a colon.
SUSPENSIONS: Final[Mapping[str, Text]] = {
    "dispute": Text("中止：与申请有关的争议", "suspended for a dispute about the application"),
    "suit": Text("中止：与申请有关的诉讼", "suspended for a suit about the application"),
}
_ART_45: Final = Text("许可法第45条", "Licensing Law art. 45")


@dataclass(frozen=True)
class Ground:
    """One ground: what it is called, where it stands, and which clock it stops."""

    code: str
    name: Text
    article: Text
    statutory: bool = True
    promised: bool = True
    #: How the fact is known: read in the source, or a setting of ours.
    known: str = "read"

    @property
    def text(self) -> Text:
        """Name and article, as they stand in explanations."""
        return Text(f"{self.name.zh}，{self.article.zh}", f"{self.name.en}, {self.article.en}")


#: Licensing law art. 45 names the first eight; the last is in city promises only.
GROUNDS: Final[Mapping[str, Ground]] = {
    ground.code: ground
    for ground in (
        Ground("hearing", Text("听证", "hearing"), _ART_45),
        Ground("bidding", Text("招标", "bidding"), _ART_45),
        Ground("auction", Text("拍卖", "auction"), _ART_45),
        Ground("inspection", Text("检验", "inspection"), _ART_45),
        Ground("testing", Text("检测", "testing"), _ART_45),
        Ground("quarantine", Text("检疫", "quarantine"), _ART_45),
        Ground("appraisal", Text("鉴定", "appraisal"), _ART_45),
        Ground("expert-review", Text("专家评审", "expert review"), _ART_45),
        Ground(
            "publicity",
            Text("公示", "publicity"),
            Text("本市承诺时限规则", "the city's rule on promises"),
            statutory=False,
            known="design",
        ),
    )
}


def ground_of(code: str) -> Ground | None:
    """Return the ground of a code; None for what is none."""
    article = code.removeprefix(OWN).strip()
    if code.startswith(OWN):
        name = Text("本事项规定不计入时限", "not counted by the item's own rule")
        return Ground(code, name, Text(article, article)) if len(article) > 1 else None
    return GROUNDS.get(code)


def cause_of(code: str) -> Ground | None:
    """Return what a time that was not counted is called: a ground, or the cause of a suspension."""
    cause, _, article = code.partition(":")
    if cause in SUSPENSIONS and article:
        return Ground(code, SUSPENSIONS[cause], Text(article, article))
    return ground_of(code)
