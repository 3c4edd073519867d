"""Disks of a test's own: one that is small, one whose power can be cut. Both need root."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from shared.kernel.ids import new_id
from tests.harness.missing import missing

_CHUNK = b"\0" * (256 * 1024)


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def _need_root() -> None:
    if os.geteuid() != 0:
        missing("root", "mounting a disk for the test needs it")


@contextlib.contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A disk in memory of that size, gone with the block."""
    _need_root()
    at.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", at)
    try:
        yield at
    finally:
        _run("umount", "-l", at)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """A file that takes all the room but `leave` bytes; delete it to give the room back."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > leave:
            file.write(_CHUNK)
    return filler


class CutDisk:
    """An ext4 disk in an image file. `cut` keeps exactly what had reached the disk, as a power cut would.

    What a program wrote without an fsync lies in the page cache of the file system above the image, so a copy of the
    image does not hold it. Directory entries and order within a file survive better than on a real disk: what is
    lost here is a lower bound.

    Args:
        folder: for the images; needs a few times `megabytes`.
        at: where the disk is mounted, before and after the cut.
    """

    def __init__(self, folder: Path, at: Path, megabytes: int = 512) -> None:
        _need_root()
        self._folder, self.at = folder, at
        # A used name would bring back what the kernel keeps of the old loop device.
        self._image = folder / f"disk-{new_id()}.img"
        at.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", self._image)
        _run("mount", "-o", "loop", self._image, at)

    async def copy(self) -> Path:
        """What is on the disk now; whoever writes to it must stand still meanwhile."""
        copied = self._folder / f"disk-{new_id()}.img"
        await asyncio.to_thread(_run, "cp", "--sparse=always", self._image, copied)
        return copied

    async def replace(self, copied: Path) -> None:
        """Take the disk away from under everything (nobody may use it any more) and mount the copy in its place."""
        for _ in range(100):
            try:
                await asyncio.to_thread(_run, "umount", self.at)
                break
            except subprocess.CalledProcessError:  # a process that was killed has not quite gone
                await asyncio.sleep(0.1)
        self._image.unlink()
        self._image = copied
        await asyncio.to_thread(_run, "mount", "-o", "loop", copied, self.at)

    def close(self) -> None:
        """Unmount and delete."""
        subprocess.run(["umount", "-l", str(self.at)], check=False, stderr=subprocess.DEVNULL)
        for image in self._folder.glob("disk-*.img"):
            image.unlink()
