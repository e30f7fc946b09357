"""What papers and messages say of a licence, and who is told."""

from datetime import datetime

from engine import notices, people
from engine.models import Case, Licence
from forms.text import Text


def about(licence: Licence) -> list[tuple[Text, Text]]:
    """Return the facts that say which licence a paper is about."""
    return [
        (Text("证照", "Licence"), Text(licence.title_zh, licence.title_en)),
        (Text("证照编号", "Licence number"), Text(licence.number, licence.number)),
        (Text("持证人", "Holder"), Text(licence.holder_name, licence.holder_name)),
    ]


def tell(
    licence: Licence,
    case: Case,
    message: notices.Message,
    roles: tuple[str, ...] = (),
    *,
    now: datetime,
) -> None:
    """Tell the holder something about a licence, and the holders of some posts of its unit."""
    kind, title, body = message.kind, message.title, message.body
    holder = notices.Message(kind, title, body, f"/my/licences/{licence.id}")
    notices.tell(licence.applicant_id, holder, case=case, now=now)
    unit = [one for role in roles for one in people.holders(licence.department_code, role)]
    staff = notices.Message(kind, title, body, f"/licences/{licence.id}")
    notices.tell_all(unit, staff, case=case, now=now)
