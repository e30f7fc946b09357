"""What item.yaml says of a licence once it is issued: renewal, change, re-issue, lapse by itself.

Pure. Stands under ``result``, so that each part of a joint item has rules of its own.
"""

import re
from dataclasses import dataclass
from typing import Final

from engine.definitions.yaml_fields import Fields, line_of
from engine.errors import InvalidError
from engine.workdays import Limit, Unit, parse_limit
from forms.text import Text

WAIT, RENEWED = "wait", "renewed"
#: What somebody reports so that a licence does not lapse.
BEGUN: Final = "works-begun"
#: What stands in a field, and how it is written.
_DAYS = (
    Text("若干日或工作日，如 30wd、30d", "days, such as 30wd or 30d"),
    Text("30wd 是30个工作日，30d 是30日", "30wd are 30 working days, 30d are 30 days"),
)
_MONTHS = (
    Text("若干月或年，如 3m、3y", "months or years, such as 3m or 3y"),
    Text("3m 是3个月，3y 是3年", "3m are 3 months, 3y are 3 years"),
)
_SPAN = re.compile(r"(\d{1,3})(m|y)")


@dataclass(frozen=True)
class Renewal:
    """延续: when it may be applied for, counted back from the last day (许可法 50)."""

    #: The earliest; None = at any time.
    opens: Limit | None
    #: The latest.
    until: Limit
    #: What silence until expiry means: ``wait`` nothing, ``renewed`` the licence is renewed.
    silence: str
    article: Text
    #: How long before the window closes, and before expiry, the holder is reminded.
    remind: Limit
    #: The item whose diagram serves it; "" = the licence's own.
    item: str = ""
    #: Codes of the materials asked for; None = all that a first application asks for.
    materials: tuple[str, ...] | None = None

    def text(self) -> Text:
        """Say when a renewal is applied for, and what silence means."""
        until, opens = self.until.text(), self.opens.text() if self.opens else None
        when = Text(f"有效期届满{until.zh}前", f"at least {until.en} before expiry")
        if opens is not None:
            when = Text(
                f"有效期届满前{opens.zh}至{until.zh}之间",
                f"between {opens.en} and {until.en} before expiry",
            )
        silent = Text("", "")
        if self.silence == RENEWED:
            silent = Text(
                "；届满前没有作出决定的，视为准予延续",
                "; without a decision by then the licence counts as renewed",
            )
        return Text(
            f"{when.zh}申请{silent.zh}（{self.article.zh}）",
            f"apply {when.en}{silent.en} ({self.article.en})",
        )


@dataclass(frozen=True)
class Kind:
    """变更 or 补证: whether it may be applied for, by which article, served by which item."""

    article: Text
    item: str = ""
    materials: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Lapse:
    """自行失效: void when nothing was begun in time (建筑法 9)."""

    #: Months after issue.
    months: int
    unless: str
    #: How many extensions there may be, and of how many months each at most.
    extensions: int
    extension_months: int
    article: Text


@dataclass(frozen=True)
class LicenceRules:
    """All that may happen to a licence of this result."""

    renewal: Renewal | None = None
    change: Kind | None = None
    reissue: Kind | None = None
    lapses: Lapse | None = None

    def materials(self, kind: str) -> tuple[str, ...] | None:
        """Return the codes of the materials a kind of application asks for; None for all."""
        rules = {"renewal": self.renewal, "change": self.change, "reissue": self.reissue}
        rule = rules.get(kind)
        return rule.materials if rule is not None else None


NONE: Final = LicenceRules()
#: What the law says where the item says nothing (许可法 50).
BY_LAW: Final = Renewal(
    None,
    Limit(30, Unit.DAY),
    WAIT,
    Text("行政许可法50", "Licensing Law art. 50"),
    remind=Limit(15, Unit.DAY),
)


def read_rules(fields: Fields) -> LicenceRules:
    """Read the keys of a result that are about its licence."""
    return LicenceRules(
        fields.group("renewal", _renewal),
        fields.group("change", _kind),
        fields.group("reissue", _kind),
        fields.group("lapses", _lapse),
    )


def _renewal(fields: Fields) -> Renewal:
    opens = _limit(fields, "from")
    until = _limit(fields, "until") or BY_LAW.until
    silence = fields.word("silence", choices=(WAIT, RENEWED)) or WAIT
    article = fields.label("article", needed=silence == RENEWED)
    if opens is not None and opens.unit is until.unit and opens.amount <= until.amount:
        _wrong(
            fields,
            "from",
            Text("比 until 更早（数字更大）", "earlier than until (a larger number)"),
            Text("两者都从届满之日往回数", "Both count back from the day of expiry"),
        )
    return Renewal(
        opens,
        until,
        silence,
        article if article.zh else BY_LAW.article,
        _limit(fields, "remind") or BY_LAW.remind,
        fields.word("item"),
        _materials(fields),
    )


def _kind(fields: Fields) -> Kind:
    return Kind(fields.label("article", needed=True), fields.word("item"), _materials(fields))


def _materials(fields: Fields) -> tuple[str, ...] | None:
    found = fields.words("materials")
    return found if "materials" in fields.nodes else None


def _lapse(fields: Fields) -> Lapse:
    return Lapse(
        months=_months(fields, "after", needed=True),
        unless=fields.word("unless", choices=(BEGUN,)) or BEGUN,
        extensions=fields.number("extensions", least=0) or 0,
        extension_months=_months(fields, "extension"),
        article=fields.label("article", needed=True),
    )


def _limit(fields: Fields, key: str) -> Limit | None:
    """Read a limit in days; what is none is a problem at its line."""
    text = fields.word(key)
    if not text:
        return None
    try:
        found = parse_limit(text)
    except InvalidError as error:
        place = line_of(fields.nodes[key]), fields.at(key)
        fields.book.add(*place, "item-limit", error.message, _DAYS[1])
        return None
    if not found.unit.counts_days or not found.amount:
        _wrong(fields, key, *_DAYS)
        return None
    return found


def _months(fields: Fields, key: str, *, needed: bool = False) -> int:
    """Read ``3m`` or ``2y`` as months; 0 when absent."""
    text = fields.word(key, needed=needed)
    match = _SPAN.fullmatch(text)
    if match is None or not int(match[1]):
        if text:
            _wrong(fields, key, *_MONTHS)
        return 0
    return int(match[1]) * (12 if match[2] == "y" else 1)


def _wrong(fields: Fields, key: str, expected: Text, hint: Text) -> None:
    fields.wrong(fields.nodes[key], key, expected, hint)
