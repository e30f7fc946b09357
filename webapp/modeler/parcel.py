"""What the Modeler sends becomes a bundle: its files laid over those of the item's newest version.

The Modeler sends the file at hand and what the designer attached, never a whole item. Which item is
meant is said by the process that the diagram holds, or by an ``item.yaml`` among the files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from werkzeug.datastructures import FileStorage

from engine import bpmn, definitions
from engine.bpmn.model import Diagram
from engine.definitions.bundle import MAX_FILE_BYTES
from engine.definitions.item import read_item
from engine.errors import InvalidError
from forms.text import Text

#: How a browser writes what may not stand in a name, and what it stands for.
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n", "%0d": "\r", "%0a": "\n"}


class NothingSentError(InvalidError):
    """Expected at least one file."""

    def __init__(self) -> None:
        # The sentence that Camunda answers with; programs may look for it.
        said = "No deployment resources contained in the form upload."
        super().__init__(Text(said, said))


@dataclass(frozen=True)
class Parcel:
    """The bundle that is to be deployed, and where each file that was sent has gone."""

    files: Mapping[str, bytes]
    #: By the name it was sent under.
    places: Mapping[str, str]
    #: The id of the item's process.
    process: str


def received(sent: Iterable[FileStorage]) -> dict[str, bytes]:
    """Read all files that were sent, by the names they have on the designer's machine.

    Raises NothingSentError, and InvalidError for two of one name or one that is too large.
    """
    found: dict[str, bytes] = {}
    for upload in sent:
        name = _name(upload.filename or "")
        if name in found:
            raise InvalidError(
                Text(
                    f"有两个文件都叫“{name}”，不知道用哪一个。请改名或只附一个。",
                    f"Two files are called “{name}”. Rename one, or attach only one of them.",
                )
            )
        content = upload.stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise InvalidError(
                Text(f"文件“{name}”超过5 MB。", f"The file “{name}” is larger than 5 MB.")
            )
        found[name] = content
    if not found:
        raise NothingSentError
    return found


def _name(written: str) -> str:
    for escape, meant in _ESCAPES.items():
        written = written.replace(escape, meant)
    return PurePosixPath(written.replace("\\", "/")).name.strip()


def parcel(sent: Mapping[str, bytes]) -> Parcel:
    """Lay what was sent over the newest version of the item that is meant.

    Raises InvalidError when no item, or more than one, can be meant: the message says what is
    missing; BundleRefusedError for a diagram that cannot be read.
    """
    item = _item(sent)
    known = definitions.files_of(item.version_id) if item is not None else {}
    of_process = {
        process.id: path
        for path, data in known.items()
        if path.endswith(".bpmn") and (diagram := bpmn.read(data, path)[0]) is not None
        for process in diagram.processes
    }
    places = {name: _place(name, data, known, of_process) for name, data in sent.items()}
    files = {**known, **{places[name]: data for name, data in sent.items()}}
    return Parcel(files, places, _process(item, sent))


def _process(item: definitions.Bundle | None, sent: Mapping[str, bytes]) -> str:
    """Give the id of the item's process; of a new item that of the diagram that names it."""
    if item is not None:
        return item.diagram.main.id
    mains = [diagram.main for diagram in _diagrams(sent)]
    named = [main.id for main in mains if "item" in main.properties]
    return next(iter([*named, *(main.id for main in mains)]), "")


def _place(
    name: str, data: bytes, known: Mapping[str, bytes], of_process: Mapping[str, str]
) -> str:
    """Say under which name of the bundle a file goes: that of its process, or of its like."""
    if name.endswith(".bpmn") and (diagram := bpmn.read(data, name)[0]) is not None:
        for process in diagram.processes:
            if process.id in of_process:
                return of_process[process.id]
    return next((path for path in known if PurePosixPath(path).name == name), name)


def _item(sent: Mapping[str, bytes]) -> definitions.Bundle | None:
    """Find the item that is meant; None: all of a new one has been sent."""
    published = definitions.published()
    item = read_item(sent["item.yaml"], "item.yaml")[0] if "item.yaml" in sent else None
    if item is not None:
        return next((one for one in published if one.item.code == item.code), None)
    diagrams = _diagrams(sent)
    if diagrams:
        return _by_process(published, diagrams)
    names = set(sent)
    found = [
        one
        for one in published
        if names & {PurePosixPath(p).name for p in definitions.files_of(one.version_id)}
    ]
    return _only(found, Text("、".join(sorted(names)), ", ".join(sorted(names))))


def _diagrams(sent: Mapping[str, bytes]) -> list[Diagram]:
    """Read the diagrams. Raises BundleRefusedError for those that cannot be read."""
    read = [bpmn.read(data, name) for name, data in sent.items() if name.endswith(".bpmn")]
    problems = [problem for _, found in read for problem in found]
    if any(problem.severity == "error" for problem in problems):
        raise definitions.BundleRefusedError(tuple(problems))
    return [diagram for diagram, _ in read if diagram is not None]


def _by_process(published: list[definitions.Bundle], diagrams: list[Diagram]) -> definitions.Bundle:
    ids = {process.id for diagram in diagrams for process in diagram.processes}
    found = [one for one in published if ids & {process.id for process in one.running}]
    if found:
        return _only(found, Text("、".join(sorted(ids)), ", ".join(sorted(ids))))
    codes = {process.item for diagram in diagrams for process in diagram.processes}
    named = next((one for one in published if one.item.code in codes), None)
    if named is not None:
        return named  # the check refuses a process that has changed its id, and says how to mend it
    known = ", ".join(sorted(f"{one.process.id} ({one.item.code})" for one in published)) or "-"
    wrong = ", ".join(sorted(ids))
    raise InvalidError(
        Text(
            f"没有事项的流程 id 是“{wrong}”。已有的：{known}。请把流程 id 改成其中之一；"
            "新事项请把 item.yaml 和全部表单作为附件一起部署。",
            f"No item has a process with the id “{wrong}”. There are: {known}. Give the process "
            "one of these ids; for a new item attach item.yaml and all its forms.",
        )
    )


def _only(found: list[definitions.Bundle], what: Text) -> definitions.Bundle:
    if len(found) == 1:
        return found[0]
    codes = ", ".join(sorted(one.item.code for one in found))
    if not found:
        raise InvalidError(
            Text(
                f"没有事项有文件“{what.zh}”。请连同流程图一起部署：以流程图为主文件，其余作为附件。",
                f"No item has a file “{what.en}”. Deploy it together with the diagram: open the "
                "diagram and attach the other files.",
            )
        )
    raise InvalidError(
        Text(
            f"“{what.zh}”属于几个事项（{codes}），不知道用于哪一个。请附上该事项的 item.yaml。",
            f"“{what.en}” belongs to several items ({codes}). Attach the item.yaml of the one "
            "that is meant.",
        )
    )
