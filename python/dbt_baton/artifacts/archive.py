"""Zip archives: read within limits, and written so that the same members give the same bytes.

An archive's own directory is not evidence of its size: a few megabytes can unpack to gigabytes, and the
sizes in the directory may be wrong. So the limits are checked on the directory and again while members are
unpacked.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from dbt_baton.errors import ArtifactRejected

# The largest value that every warehouse that dbt is used with can hold in one column: Snowflake's BINARY
# has 64 MiB, PostgreSQL's bytea 1 GB.
MAX_BYTES = 64 * 2**20
# Arrays of large forests unpack to three to five times their size; a loaded model takes about as much memory.
MAX_UNPACKING = 8

CHUNK = 2**16
END = 22  # bytes of the record at the end of an archive without a comment
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def read_members(content: bytes, *, max_bytes: int, max_unpacked: int) -> dict[str, bytes]:
    """Unpack an archive.

    Parameters
    ----------
    content : bytes
        A zip file of members that are stored or deflated, without comment.
    max_bytes, max_unpacked : int
        Limits for the archive, and for all its members together.

    Returns
    -------
    dict of str to bytes

    Raises
    ------
    ArtifactRejected
        If the archive exceeds a limit, or has an unusual form.
    zipfile.BadZipFile, zlib.error, ...
        If it is damaged.
    """
    check_size(content, max_bytes)
    # zipfile reads the whole directory at once, so what it says about its own size is read first; a
    # directory of 64-bit sizes, a comment and bytes after the archive do not occur in an artifact
    if (
        content[-END : 4 - END] != b"PK\x05\x06"
        or content[-2:] != b"\0\0"
        or b"PK\x06\x07" in content[-42:-38]
    ):
        raise ArtifactRejected("the artifact cannot be read: it is not a zip file as baton writes it")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names):
            raise ArtifactRejected("the artifact cannot be read: two files in it have the same name")
        if any(
            entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1
            for entry in entries
        ):
            raise ArtifactRejected(
                "the artifact cannot be read: a file in it is encrypted or compressed unusually"
            )
        _check_unpacked(sum(entry.file_size for entry in entries), max_unpacked)
        members = {}
        left = max_unpacked
        for entry in entries:
            members[entry.filename] = _unpacked(archive, entry, left)
            left -= len(members[entry.filename])
    return members


def write_members(members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack members in their order, with fixed times and modes.

    Parameters
    ----------
    members : mapping of str to bytes
    compression : int, default=zipfile.ZIP_DEFLATED

    Returns
    -------
    bytes
        The same bytes for the same members, on machines with the same version of zlib.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.create_system = 3  # otherwise it depends on the operating system
            archive.writestr(entry, content, compress_type=compression, compresslevel=6)
    return buffer.getvalue()


def check_size(content: bytes, max_bytes: int) -> None:
    """Raise ArtifactRejected if the artifact is larger than the limit."""
    if len(content) > max_bytes:
        raise ArtifactRejected(
            f"the artifact has {len(content):,} bytes, the limit is {max_bytes:,}: train a smaller model,"
            " with fewer or shallower trees, or pass a larger max_bytes to artifacts.dump and artifacts.load"
        )


def _check_unpacked(size: int, limit: int) -> None:
    if size > limit:
        raise ArtifactRejected(f"the artifact unpacks to more than {limit:,} bytes, which is the limit")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    pieces, size = [], 0
    with archive.open(entry) as member:
        while piece := member.read(CHUNK):
            size += len(piece)
            _check_unpacked(size, limit)
            pieces.append(piece)
    if size != entry.file_size:
        raise ArtifactRejected(
            "the artifact cannot be read: a file in it has another size than its directory says"
        )
    return b"".join(pieces)
