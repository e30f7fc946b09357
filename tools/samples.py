"""Filled sample applications of the four items: for the demo city, the benchmark and the tests."""

from collections.abc import Mapping
from typing import Any

from forms.examples import make_credit_code, make_id_number

_DECLARED = {"by_agent": "no", "delivery": "electronic", "declared": True}


_QUALITY_HEAD = {
    "quality_head": "宋质",
    "quality_head_id": make_id_number(),
    "quality_head_education": "bachelor",
    "quality_head_major": "生物医学工程",
    "quality_head_title": "intermediate",
    "quality_head_years": 5,
    "quality_head_phone": "13800001111",
}
_STAFF = [
    {
        "staff_name": "宋质",
        "staff_id": make_id_number(),
        "staff_post": "quality",
        "staff_education": "bachelor",
        "staff_title": "intermediate",
    }
]


def medical_device(number: int = 1) -> dict[str, Any]:
    """Return a complete application for I2, licence to trade class III medical devices."""
    return {
        "company": f"江城康健医疗器械有限公司{number if number > 1 else ''}",
        "credit_code": make_credit_code(number),
        "company_address": "江城市高新区科技路88号",
        "contact_phone": "027-55501234",
        "legal_person": "刘康",
        "legal_person_id": make_id_number(),
        "head": "何敏",
        "head_id": make_id_number(),
        "head_education": "bachelor",
        "head_title": "intermediate",
        **_QUALITY_HEAD,
        "mode": "wholesale",
        "scope_classes": ["03", "14"],
        "cold_chain": "no",
        "premises_address": "江城市高新区科技路88号3楼",
        "premises_area": 180,
        "premises_kind": "rent",
        "storage_kind": "own",
        "storehouse_address": "江城市高新区仓储路6号",
        "storehouse_area": 320,
        "system_name": "康健追溯管理系统",
        "system_vendor": "江城软件有限公司",
        "system_functions": ["purchase", "stock", "sale", "trace", "report"],
        "staff": _STAFF,
        **_DECLARED,
    }


def individual_business(number: int = 1) -> dict[str, Any]:
    """Return a complete application for I1, registration of an individually-owned business."""
    return {
        "operator_name": "张三",
        "operator_sex": "male",
        "operator_id": make_id_number(),
        "operator_phone": "13800000001",
        "operator_address": "江城市江岸区一元路5号",
        "trade_name": f"江城市江岸区三哥面馆{number if number > 1 else ''}",
        "scope_codes": ["H6210"],
        "business_scope": "餐饮服务",
        "prior_approval": "no",
        "premises_address": "江城市江岸区一元路7号",
        "premises_area": 60,
        "premises_kind": "rent",
        "operation_form": "person",
        "employees": 3,
        "capital": 10,
        "contact_name": "张三",
        "contact_phone": "13800000001",
        **_DECLARED,
    }


def restaurant(number: int = 1) -> dict[str, Any]:
    """Return a complete application for I4 that needs all three departments."""
    return {
        "shop_name": f"江城滨江人家餐厅{number if number > 1 else ''}",
        "credit_code": make_credit_code(number, kind="92"),
        "operator_name": "李四",
        "contact_phone": "13800000002",
        "opening_on": "2035-01-01",
        "area": 420,
        "has_signboard": "yes",
        "premises_address": "江城市滨江路66号",
        "floors": 1,
        "seats": 120,
        "kitchen_area": 90,
        "dish_types": ["hot", "cold"],
        "raw_cooked_apart": "yes",
        "food_manager": "王食安",
        "food_manager_id": make_id_number(),
        "health_certificates": [
            {
                "worker_name": "赵六",
                "certificate_number": "JC20260001",
                "certificate_until": "2035-06-30",
            }
        ],
        "signboard_text": "滨江人家",
        "signboard_width": 6,
        "signboard_height": 1.2,
        "signboard_place": "门头",
        "signboard_light": "yes",
        "signboard_material": "亚克力发光字",
        "exits": 3,
        "capacity": 200,
        "fire_equipment": ["extinguisher", "hydrant", "sprinkler", "alarm"],
        "fire_manager": "孙安全",
        "gas_used": "yes",
        "fire_rules": True,
        **_DECLARED,
    }


def works_permit(number: int = 1) -> dict[str, Any]:
    """Return a complete application for I5, the construction permit."""
    return {
        "builder": f"江城城建投资有限公司{number if number > 1 else ''}",
        "credit_code": make_credit_code(number),
        "legal_person": "刘康",
        "contact": "何敏",
        "contact_phone": "027-55501234",
        "project_code": f"2026-420106-47-01-{number:06d}",
        "project_name": f"滨江路公共服务中心{number}号楼",
        "project_address": "江城市滨江路66号",
        "area": 12600,
        "cost": 5800,
        "structure": "frame",
        "floors_above": 9,
        "floors_below": 1,
        "begin_on": "2026-12-15",
        "end_on": "2028-06-30",
        "contractor": "江城建工集团有限公司",
        "contractor_code": make_credit_code(9001),
        "contractor_chief": "孟建",
        "designer": "江城市建筑设计院有限公司",
        "designer_chief": "邵图",
        "supervising": "江城工程监理有限公司",
        "supervising_chief": "严明",
        "planning_permit": "建字第420106202600018号",
        "land_approval": "江土批〔2026〕21号",
        "drawings_review": "江图审〔2026〕105号",
        "special_works": "no",
        **_DECLARED,
    }


APPLICATIONS: Mapping[str, Any] = {
    "medical-device-iii": medical_device,
    "individual-business": individual_business,
    "restaurant-opening": restaurant,
    "works-permit": works_permit,
}


FONT = b"/Resources << /Font << /F1 5 0 R >> >>"


def pdf_file(title: str = "sample") -> bytes:
    """Make a small real PDF of one empty page, as an uploaded material."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % FONT,
        _stream(title),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def _stream(title: str) -> bytes:
    shown = title.encode("ascii", "replace").decode().replace("(", "").replace(")", "")
    content = f"BT /F1 24 Tf 60 760 Td ({shown}) Tj ET".encode()
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
