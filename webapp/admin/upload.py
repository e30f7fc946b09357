"""What an uploaded bundle is: one zip archive, or the files of one item chosen together."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from werkzeug.datastructures import FileStorage

from engine import definitions
from engine.errors import InvalidError
from forms.text import Text

_NOTHING = Text(
    "请选择一个ZIP压缩包，或同时选择一个事项的全部文件。",
    "Choose one ZIP archive, or all files of one item together.",
)
_MIXED = Text(
    "压缩包请单独上传，不要与其他文件一起选择。",
    "Upload an archive alone, not together with other files.",
)


def bundle_files(chosen: Iterable[FileStorage]) -> dict[str, bytes]:
    """Read the files of a bundle from an upload; a folder that was chosen is left out of the names.

    Raises InvalidError, at the field ``files``, when nothing fits.
    """
    files = {_name(upload): upload.read() for upload in chosen if upload.filename}
    if not files:
        raise InvalidError(_NOTHING, fields={"files": _NOTHING})
    archives = [name for name in files if name.lower().endswith(".zip")]
    if not archives:
        return files
    if len(files) > 1:
        raise InvalidError(_MIXED, fields={"files": _MIXED})
    try:
        return definitions.read_zip(files[archives[0]])
    except InvalidError as error:
        raise InvalidError(error.message, fields={"files": error.message}) from error


def _name(upload: FileStorage) -> str:
    return PurePosixPath((upload.filename or "").replace("\\", "/")).name
