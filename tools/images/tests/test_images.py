"""Tests of the images' catalogue and content hash; no image is built."""

import os
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from phasma_images import catalogue, content  # noqa: E402


class Catalogue(unittest.TestCase):
    def test_every_dockerfile_copies_from_exactly_its_parts(self):
        for image in catalogue.IMAGES:
            text = (image.folder / "Dockerfile").read_text()
            stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.M))
            used = set(re.findall(r"^COPY --from=(\S+)", text, re.M)) - stages
            self.assertEqual(used, set(image.parts), image.name)

    def test_every_image_runs_as_a_number_other_than_root(self):
        for image in catalogue.IMAGES:
            users = re.findall(r"^USER (\d+):\d+$", (image.folder / "Dockerfile").read_text(), re.M)
            self.assertEqual(len(users), 1, image.name)
            self.assertNotEqual(users[0], "0", image.name)

    def test_a_stand_in_says_so(self):
        for image in catalogue.IMAGES:
            says = "stand-in for" in (image.folder / "Dockerfile").read_text()
            self.assertEqual(says, "/phasma-stand-in/" in image.repository, image.name)


class Tag(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        (self.folder / "file").write_text("one")

    def test_is_the_same_for_the_same_content(self):
        before = content.tag("base", [self.folder])
        os.utime(self.folder / "file", (1, 1))
        self.assertEqual(content.tag("base", [self.folder]), before)

    def test_changes_with_the_base(self):
        self.assertNotEqual(content.tag("base", [self.folder]), content.tag("other", [self.folder]))

    def test_changes_with_content_name_right_and_link(self):
        seen = {content.tag("base", [self.folder])}
        file = self.folder / "file"
        for change in (
            lambda: file.write_text("two"),
            lambda: file.chmod(0o755),
            lambda: (self.folder / "link").symlink_to("file"),
            lambda: file.rename(self.folder / "other"),
        ):
            change()
            seen.add(content.tag("base", [self.folder]))
        self.assertEqual(len(seen), 5)


if __name__ == "__main__":
    unittest.main()
