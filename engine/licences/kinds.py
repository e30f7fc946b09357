"""The closed lists of licences: states, ways to end one, lawful grounds, kinds of application.

Pure data. 撤回, 撤销, 吊销 and 注销 are four different things and have four different words in
either language (glossary); none of them may stand for another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from forms.text import Text

VALID, LAPSED, EXPIRED = "valid", "lapsed", "expired"
WITHDRAWN, REVOKED, FORFEITED, DEREGISTERED = "withdrawn", "revoked", "forfeited", "deregistered"

STATES: Final[Mapping[str, Text]] = {
    VALID: Text("有效", "Valid"),
    LAPSED: Text("自行失效", "Lapsed by itself"),
    EXPIRED: Text("有效期届满", "Expired"),
    WITHDRAWN: Text("已撤回", "Withdrawn (by the agency)"),
    REVOKED: Text("已撤销", "Revoked (unlawful or fraud)"),
    FORFEITED: Text("已吊销", "Forfeited (as a penalty)"),
    DEREGISTERED: Text("已注销", "Deregistered"),
}

NOTHING: Final = Text("", "")
FIRST, RENEWAL, CHANGE, REISSUE = "first", "renewal", "change", "reissue"
#: What may be applied for on a licence.
APPLICATIONS: Final[Mapping[str, Text]] = {
    RENEWAL: Text("延续", "Renewal"),
    CHANGE: Text("变更", "Change"),
    REISSUE: Text("补证", "Re-issue of a lost licence"),
}


@dataclass(frozen=True)
class Act:
    """One way to end a licence by an act: who may do it, what it makes, what must be written."""

    state: str
    name: Text
    #: What the paper says.
    said: Text
    document: str
    #: Roles in the licence's own department.
    roles: tuple[str, ...]
    #: Whether the head of the superior department may do it too (许可法 69).
    superior: bool = False
    #: Whether the compensation must be written down (许可法 8).
    compensation: bool = False
    #: Roles of the department that are told, besides the holder. [design]
    told: tuple[str, ...] = ("registrar", "head")
    #: The paper by which the holder is told before it is decided; empty where none is due.
    foretold: str = ""
    #: The articles by which the holder is told and heard.
    heard_by: Text = NOTHING


ACTS: Final[Mapping[str, Act]] = {
    "withdraw": Act(
        WITHDRAWN,
        Text("撤回许可", "Withdraw the licence"),
        Text(
            "为了公共利益的需要，决定撤回下列行政许可。由此造成的财产损失依法给予补偿。",
            "In the public interest the licence below is withdrawn. Loss of property caused by "
            "this is compensated by law.",
        ),
        "licence-withdrawn",
        roles=("head",),
        compensation=True,
    ),
    "revoke": Act(
        REVOKED,
        Text("撤销许可", "Revoke the licence (unlawful or fraud)"),
        Text(
            "经查，下列行政许可依法应当撤销，决定予以撤销。",
            "The licence below was found to be one that the law has revoked; it is revoked.",
        ),
        "licence-revoked",
        roles=("head",),
        superior=True,
        foretold="revocation-told",
        # art. 7 [memory]; 46 to 48: the hearing on major interests
        heard_by=Text("行政许可法7、46至48", "Licensing Law art. 7, 46 to 48"),
    ),
    "forfeit": Act(
        FORFEITED,
        Text("吊销许可证件", "Forfeit the licence (as a penalty)"),
        Text(
            "因违法行为，依法给予吊销许可证件的行政处罚。",
            "For a breach of the law the penalty is that the licence is forfeited.",
        ),
        "licence-forfeited",
        roles=("head",),
        foretold="forfeiture-told",
        heard_by=Text(  # [memory]
            "行政处罚法44、45、63、64", "Administrative Penalty Law art. 44, 45, 63, 64"
        ),
    ),
    "deregister": Act(
        DEREGISTERED,
        Text("办理注销", "Deregister the licence"),
        Text("下列行政许可依法办理注销手续。", "The licence below is deregistered by law."),
        "licence-deregistered",
        roles=("registrar", "head"),
    ),
}


@dataclass(frozen=True)
class Ground:
    """One lawful ground of an act, with its article; the list is closed."""

    act: str
    text: Text
    article: Text
    #: The states of a licence in which it can be the ground.
    states: tuple[str, ...] = (VALID,)
    #: Whether the article of a special law must be named besides.
    own_article: bool = False


def _law(article: int) -> Text:
    return Text(f"行政许可法{article}", f"Licensing Law art. {article}")


GROUNDS: Final[Mapping[str, Ground]] = {
    "law-changed": Ground(
        "withdraw",
        Text("所依据的法律、法规、规章修改或者废止", "The law it rests on was changed or repealed"),
        _law(8),
    ),
    "circumstances-changed": Ground(
        "withdraw",
        Text("所依据的客观情况发生重大变化", "The circumstances it rests on have greatly changed"),
        _law(8),
    ),
    "abuse": Ground(
        "revoke",
        Text("滥用职权、玩忽职守作出的决定", "Granted by abuse or neglect of duty"),
        _law(69),
    ),
    "beyond-power": Ground(
        "revoke",
        Text("超越法定职权作出的决定", "Granted beyond the agency's power"),
        _law(69),
    ),
    "procedure": Ground(
        "revoke",
        Text("违反法定程序作出的决定", "Granted against the legal procedure"),
        _law(69),
    ),
    "unqualified": Ground(
        "revoke",
        Text("申请人不具备资格或者不符合条件", "The applicant did not qualify"),
        _law(69),
    ),
    "fraud": Ground(
        "revoke",
        Text("以欺骗、贿赂等不正当手段取得", "Obtained by fraud or bribery"),
        _law(69),
    ),
    "illegal-transfer": Ground(
        "forfeit",
        Text(
            "涂改、倒卖、出租、出借或者非法转让", "Altered, sold, let, lent or unlawfully passed on"
        ),
        _law(80),  # [memory]
        own_article=True,
    ),
    "beyond-scope": Ground(
        "forfeit",
        Text("超越许可范围进行活动", "Acted beyond the scope of the licence"),
        _law(80),  # [memory]
        own_article=True,
    ),
    "obstruction": Ground(
        "forfeit",
        Text(
            "向监督检查隐瞒情况或者提供虚假材料",
            "Hid facts from inspection, or gave it false papers",
        ),
        _law(80),  # [memory]
        own_article=True,
    ),
    "other-breach": Ground(
        "forfeit",
        Text("法律、法规规定的其他违法行为", "Another breach that a law names"),
        _law(80),  # [memory]
        own_article=True,
    ),
    "term-ended": Ground(
        "deregister",
        Text("有效期届满未延续", "Expired and not renewed"),
        _law(70),
        states=(EXPIRED,),
    ),
    "holder-gone": Ground(
        "deregister",
        Text("自然人死亡或者丧失行为能力", "The holder has died or lost capacity"),
        _law(70),
        states=(VALID, EXPIRED),
    ),
    "entity-ended": Ground(
        "deregister",
        Text("法人或者其他组织依法终止", "The entity has ended by law"),
        _law(70),
        states=(VALID, EXPIRED),
    ),
    "after-end": Ground(
        "deregister",
        Text("许可被撤回、撤销，或者证件被吊销", "Withdrawn, revoked or forfeited before"),
        _law(70),
        states=(WITHDRAWN, REVOKED, FORFEITED),
    ),
    "impossible": Ground(
        "deregister",
        Text("因不可抗力，许可事项无法实施", "Impossible to carry out, by force majeure"),
        _law(70),
    ),
    "other-by-law": Ground(
        "deregister",
        Text("法律、法规规定的其他情形", "Another case that a law names"),
        _law(70),
        states=(VALID, LAPSED),
        own_article=True,
    ),
}


def article_of(ground: Ground, own: str) -> Text:
    """Say ground and articles in one phrase; ``own`` is the special law that was named."""
    more = (f"；{own}", f"; {own}") if own else ("", "")
    return Text(
        f"{ground.text.zh}（{ground.article.zh}{more[0]}）",
        f"{ground.text.en} ({ground.article.en}{more[1]})",
    )


#: Years an applicant may not apply again, where the item is about safety (许可法 78, 79).
FALSEHOOD, FRAUD = "falsehood", "fraud"
BAR_YEARS: Final[Mapping[str, int]] = {FALSEHOOD: 1, FRAUD: 3}
BAR_GROUNDS: Final[Mapping[str, Text]] = {
    FALSEHOOD: Text(
        "隐瞒有关情况或者提供虚假材料（行政许可法78）",
        "facts concealed or false materials (Licensing Law art. 78)",
    ),
    FRAUD: Text(
        "以欺骗、贿赂等不正当手段取得许可（行政许可法79）",
        "a licence obtained by fraud or bribery (Licensing Law art. 79)",
    ),
}
