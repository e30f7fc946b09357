"""What the applications of a history say: the samples of the items, each a little different."""

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from forms.examples import make_credit_code
from tools import samples
from tools.history.demand import Applicant, Arrival, drawn

_ROADS: Final = (
    *("滨江路", "解放大道", "建设路", "一元路", "科技路"),
    *("和平街", "东湖路", "长春街", "青年路", "新华路"),
)
_AREAS: Final = ("江岸区", "高新区", "江南区", "临港区")
_LUCK: Final = "福顺祥和悦兴隆安泰盛美康明德诚信嘉聚源丰"
_SHOPS: Final = (
    ("面馆", "餐饮服务"),
    ("小吃店", "小吃服务"),
    ("便利店", "日用百货零售"),
    ("水果店", "果品零售"),
    ("文具店", "文具用品零售"),
    ("理发店", "理发及美容服务"),
)
_KITCHENS: Final = ("餐厅", "酒楼", "火锅店", "私房菜馆", "饺子馆", "烧烤店")
_DEVICES: Final = ("医疗器械", "医疗科技", "医学设备")


def answers(arrival: Arrival, who: Applicant | None) -> dict[str, Any]:
    """Fill an application for its item; ``who`` applies (None: one of the people anybody plays)."""
    chance = drawn(arrival.key, "answers")
    filled: dict[str, Any] = samples.APPLICATIONS[arrival.item]()
    vary = _VARIED.get(arrival.item)
    return filled | (vary(chance, who) if vary is not None else {})


def _address(chance: random.Random) -> str:
    place = f"江城市{chance.choice(_AREAS)}{chance.choice(_ROADS)}{chance.randrange(1, 400)}号"
    return place + (f"{chance.randrange(1, 20)}楼" if chance.random() < 0.3 else "")


def _name(chance: random.Random) -> str:
    return "".join(chance.sample(_LUCK, 2))


def _code(chance: random.Random, kind: str) -> str:
    return make_credit_code(chance.randrange(10**8), kind=kind)


def _shop(chance: random.Random, who: Applicant | None) -> dict[str, Any]:
    kind, scope = chance.choice(_SHOPS)
    filled = {
        "trade_name": f"江城市{chance.choice(_AREAS)}{_name(chance)}{kind}",
        "business_scope": scope,
        "premises_address": _address(chance),
        "premises_area": chance.randrange(12, 180),
        "employees": chance.randrange(1, 9),
        "capital": chance.choice((3, 5, 10, 20, 50)),
    }
    if who is not None:
        filled |= {
            "operator_name": who.name, "operator_id": who.id_number, "operator_phone": who.phone,
            "contact_name": who.name, "contact_phone": who.phone,
            "operator_sex": "male" if int(who.id_number[16]) % 2 else "female",
        }  # fmt: skip
    return filled


def _devices(chance: random.Random, who: Applicant | None) -> dict[str, Any]:
    address = _address(chance)
    person = {"legal_person": who.name, "legal_person_id": who.id_number} if who else {}
    return {
        "company": f"江城{_name(chance)}{chance.choice(_DEVICES)}有限公司",
        "credit_code": _code(chance, "91"),
        "company_address": address,
        "premises_address": address,
        "premises_area": chance.randrange(60, 600),
        "storehouse_address": _address(chance),
        "storehouse_area": chance.randrange(80, 1200),
        "scope_classes": chance.sample(("01", "02", "03", "04", "05", "06", "07", "08"), 2),
        "mode": chance.choice(("wholesale", "retail", "both")),
        **person,
    }


def _restaurant(chance: random.Random, who: Applicant | None) -> dict[str, Any]:
    name = f"{_name(chance)}{chance.choice(_KITCHENS)}"
    return {
        "shop_name": f"江城{name}",
        "credit_code": _code(chance, "92"),
        "operator_name": who.name if who else "李四",
        "contact_phone": who.phone if who else "13800000002",
        "area": chance.choice((48, 80, 120, 160, 220, 260, 320, 450, 800)),
        "has_signboard": chance.choice(("yes", "yes", "no")),
        "premises_address": _address(chance),
        "seats": chance.randrange(16, 240),
        "signboard_text": name,
    }


_VARIED: Final[Mapping[str, Callable[[random.Random, Applicant | None], dict[str, Any]]]] = {
    "individual-business": _shop,
    "medical-device-iii": _devices,
    "restaurant-opening": _restaurant,
}
