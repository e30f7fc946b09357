"""The demo city 江城市: departments, roles and people whom everybody may play."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import clocks, db, definitions, people
from engine.permissions import SYSTEM
from forms.checks import id_check_digit
from forms.text import Text

PASSWORD = "lianban-demo"  # noqa: S105 - printed on the screen for everybody
CALENDAR_YEARS = (2024, 2025, 2026)
DEPLOYER = "admin"

ROLES = {
    "clerk": Text("窗口人员", "Counter clerk"),
    "examiner": Text("审查员", "Examiner"),
    "inspector": Text("核查员", "Inspector"),
    "head": Text("审批负责人", "Approval head"),
    "registrar": Text("登记员", "Registrar"),
    "leader": Text("部门领导", "Department leader"),
    "supervisor": Text("监察员", "Supervisor"),
    "admin": Text("管理员", "Administrator"),
    "designer": Text("流程设计员", "Process designer"),
}


def _unit(code: str, mark: str, name: Text, phone: str, address: Text) -> dict[str, Any]:
    return {
        "code": code,
        "mark": mark,
        "name_zh": name.zh,
        "name_en": name.en,
        "phone": phone,
        "address_zh": address.zh,
        "address_en": address.en,
    }


UNITS = [
    _unit(
        "scjg",
        "江市监",
        Text("江城市市场监督管理局", "Jiangcheng Market Regulation Bureau"),
        "027-5550 1001",
        Text(
            "江城市滨江路1号政务服务中心二楼A区",
            "Area A, 2nd floor, Service Centre, 1 Binjiang Road",
        ),
    ),
    _unit(
        "cgj",
        "江城管",
        Text("江城市城市管理局", "Jiangcheng Urban Management Bureau"),
        "027-5550 1002",
        Text("江城市解放大道18号", "18 Jiefang Avenue"),
    ),
    _unit(
        "xfjy",
        "江消",
        Text("江城市消防救援支队", "Jiangcheng Fire and Rescue Brigade"),
        "027-5550 1003",
        Text("江城市建设路119号", "119 Jianshe Road"),
    ),
    _unit(
        "zwzx",
        "江政服",
        Text("江城市政务服务中心", "Jiangcheng Government Service Centre"),
        "027-5550 1000",
        Text("江城市滨江路1号", "1 Binjiang Road"),
    ),
    _unit(
        "jcz",
        "江监察",
        Text("江城市行政审批监察办公室", "Jiangcheng Approval Supervision Office"),
        "027-5550 1004",
        Text("江城市滨江路1号五楼", "5th floor, 1 Binjiang Road"),
    ),
    _unit(
        "zjj",
        "江住建",
        Text("江城市住房和城乡建设局", "Jiangcheng Housing and Construction Bureau"),
        "027-5550 1005",
        Text("江城市建设路60号", "60 Jianshe Road"),
    ),
]


@dataclass(frozen=True)
class Login:
    """One person of the demo city."""

    login: str
    name: str
    posts: tuple[tuple[str, str], ...] = ()
    kind: str = "staff"
    id_body: str = ""  # the first 17 characters of an identity number
    phone: str = ""

    def row(self) -> dict[str, Any]:
        """Return what people.set_up takes."""
        return {
            "login": self.login,
            "name": self.name,
            "kind": self.kind,
            "password": PASSWORD,
            "posts": self.posts,
            "email": f"{self.login}@example.com",
            "phone": self.phone,
            "id_number": self.id_body + id_check_digit(self.id_body) if self.id_body else "",
        }


LOGINS = (
    Login("wang.clerk", "王婉清", (("scjg", "clerk"),)),
    Login("li.clerk", "李志远", (("scjg", "clerk"),)),
    Login("zhao.examiner", "赵明哲", (("scjg", "examiner"),)),
    Login("sun.inspector", "孙晓岚", (("scjg", "inspector"),)),
    Login("zhou.inspector", "周建平", (("scjg", "inspector"),)),
    Login("qian.head", "钱文博", (("scjg", "head"),)),
    Login("feng.registrar", "冯雅静", (("scjg", "registrar"),)),
    Login("chen.leader", "陈国栋", (("scjg", "leader"),)),
    Login("cg.wu", "吴海涛", (("cgj", "examiner"), ("cgj", "inspector"))),
    Login("cg.head", "黄立新", (("cgj", "head"),)),
    Login("xf.zheng", "郑卫国", (("xfjy", "examiner"), ("xfjy", "inspector"))),
    Login("xf.head", "徐长青", (("xfjy", "head"),)),
    Login("admin", "林若川", (("zwzx", "admin"), ("zwzx", "designer"))),
    Login("admin.gu", "顾承宇", (("zwzx", "admin"),)),
    Login("jc.he", "何正清", (("jcz", "supervisor"),)),
    Login("zj.tang", "唐文静", (("zjj", "clerk"), ("zjj", "registrar"))),
    Login("zj.xie", "谢建国", (("zjj", "examiner"),)),
    Login("zj.yu", "余志强", (("zjj", "inspector"),)),
    Login("zj.head", "方国华", (("zjj", "head"),)),
    Login("zhang.san", "张三", (), "applicant", "42010219900307123", "13800000001"),
    Login("li.si", "李四", (), "applicant", "42010619851120456", "13800000002"),
)


def seed(*, now: datetime) -> None:
    """Bring in departments, roles, people and the working calendar; what exists is left alone."""
    with db.transaction():
        people.set_up(ROLES, UNITS, (login.row() for login in LOGINS), now=now)
        clocks.load_years(CALENDAR_YEARS, actor=SYSTEM, now=now)


def item_folders(path: Path) -> list[Path]:
    """Return the folders of items at or right below a path, by name."""
    if (path / "item.yaml").is_file():
        return [path]
    return sorted(folder.parent for folder in path.glob("[!.]*/item.yaml"))


def deploy_items(path: Path, *, now: datetime) -> list[str]:
    """Deploy every item below a folder; says which were new.

    An item whose files are deployed already is not even read. Raises DefinitionError.
    """
    new = []
    for folder in item_folders(path):
        files = definitions.read_folder(folder)
        digest = definitions.bundle_hash(files)
        if any(info.version.bundle_hash == digest for info in definitions.versions(folder.name)):
            continue
        with db.transaction():
            deployer = people.actor_for_login(DEPLOYER)
            definitions.deploy(files, actor=deployer, now=now, note="演示城市 demo city")
        new.append(folder.name)
    return new
