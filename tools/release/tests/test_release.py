"""Tests of what makes a release the same each time; no program and no image is built."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import sys
import tarfile
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from phasma_release import archive, chart, images, manifest, programs, sbom, source, sums  # noqa: E402
from phasma_release.run import CHECKOUT, ReleaseError  # noqa: E402

_EPOCH = 1_700_000_000


def _release(checkout: pathlib.Path = CHECKOUT) -> source.Source:
    return source.Source(checkout, source.read(CHECKOUT, changes=True).version, _EPOCH)


class Folders(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def elsewhere(self, name: str) -> source.Source:
        """The chart in another place, at another time, with other rights."""
        checkout = self.folder / name
        shutil.copytree(CHECKOUT / "charts", checkout / "charts", symlinks=True)
        shutil.copytree(CHECKOUT / "crds", checkout / "crds")
        for path in checkout.rglob("*"):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o600)
                os.utime(path, (0, 86_400))
        return _release(checkout)


class Archives(Folders):
    def test_they_tell_neither_when_nor_who_nor_in_which_order(self):
        for name, mask in (("one", 0o644), ("two", 0o600)):
            folder = self.folder / name
            folder.mkdir()
            for file in ("b", "a") if name == "one" else ("a", "b"):
                (folder / file).write_text(file)
                (folder / file).chmod(mask)
                os.utime(folder / file, (mask, mask))
            archive.tar(folder, self.folder / f"{name}.tgz", _EPOCH)
        self.assertEqual((self.folder / "one.tgz").read_bytes(), (self.folder / "two.tgz").read_bytes())

    def test_programs_stay_executable(self):
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "program").write_text("#!/bin/sh\n")
        (folder / "program").chmod(0o750)
        archive.tar(folder, self.folder / "bin.tar", _EPOCH)
        with tarfile.open(self.folder / "bin.tar") as packed:
            entry = packed.getmember("program")
        self.assertEqual((entry.mode, entry.mtime, entry.uid, entry.uname), (0o755, _EPOCH, 0, ""))


class Parts(Folders):
    def test_chart_and_manifest_are_the_same_from_another_place(self):
        for name, release in (("here", _release()), ("there", self.elsewhere("copy"))):
            for part in (chart, manifest):
                part.build(release, self.folder / name)
            sums.build(release, self.folder / name)
        here, there = (self.folder / name / sums.NAME for name in ("here", "there"))
        self.assertEqual(here.read_text(), there.read_text())
        self.assertEqual(len(here.read_text().splitlines()), 2)

    def test_the_chart_has_what_is_installed_and_no_more(self):
        release = _release()
        chart.build(release, self.folder)
        with tarfile.open(self.folder / f"phasma-operator-{release.version}.tgz") as packed:
            names = {name.removeprefix("phasma-operator/") for name in packed.getnames()}
        self.assertLessEqual({"Chart.yaml", "README.md", "files/phasma.dev_phasmas.yaml", "values.schema.json"}, names)
        self.assertFalse([name for name in names if name.startswith("tests") or name.endswith(("gotmpl", ".py"))])

    def test_bills_of_materials_forget_time_and_chance(self):
        for name, second in (("one", 1), ("two", 2)):
            bill = {
                "serialNumber": f"urn:uuid:{second}",
                "metadata": {"timestamp": f"2026-01-01T00:00:0{second}Z"},
                "components": [{"name": "serde"}],
            }
            sbom._write(_release(), bill, self.folder / name)
        texts = [(self.folder / name).read_text() for name in ("one", "two")]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(json.loads(texts[0])["metadata"]["timestamp"], "2023-11-14T22:13:20Z")

    def test_an_empty_bill_is_refused(self):
        with self.assertRaisesRegex(ReleaseError, "names no component"):
            sbom._write(_release(), {"metadata": {}, "components": []}, self.folder / "empty")

    def test_a_program_that_is_missing_is_named(self):
        with self.assertRaisesRegex(ReleaseError, "phasma-operator is missing: build it first"):
            images._fill(_release(), "operator", self.folder, self.folder / "root")


class Programs(unittest.TestCase):
    def test_paths_of_the_machine_are_replaced(self):
        release = dataclasses.replace(_release(), checkout=pathlib.Path("/home/me/phasma"))
        with mock.patch.dict(os.environ, {"CARGO_HOME": "/home/me/.cargo"}):
            settings = programs._settings(release, pathlib.Path("/home/me/target"))
        for place in ("/home/me/phasma=/phasma", "/home/me/.cargo=/cargo", "/home/me/target=/target"):
            self.assertIn(f"--remap-path-prefix={place}", settings["CARGO_ENCODED_RUSTFLAGS"].split("\x1f"))
            self.assertIn(f"-ffile-prefix-map={place}", settings["CFLAGS"].split())
        self.assertEqual(settings["SOURCE_DATE_EPOCH"], str(_EPOCH))


class Images(unittest.TestCase):
    def dockerfiles(self):
        for name in images.NAMES:
            yield name, (images.FOLDER / name / "Dockerfile").read_text()

    def test_they_stand_on_nothing_and_run_nothing_to_be_built(self):
        for name, text in self.dockerfiles():
            self.assertIn("ARG BASE=scratch\nFROM ${BASE}\n", text, name)
            self.assertNotIn("\nRUN ", text, name)

    def test_they_run_as_a_number_other_than_root(self):
        for name, text in self.dockerfiles():
            users = re.findall(r"^USER (\d+):\d+$", text, re.M)
            self.assertEqual(len(users), 1, name)
            self.assertNotEqual(users[0], "0", name)

    def test_they_have_the_names_that_the_operator_looks_for(self):
        catalogue = (CHECKOUT / "operator/src/catalogue.rs").read_text()
        self.assertIn(f'DEFAULT_REGISTRY: &str = "{images._REGISTRY}"', catalogue)

    def test_they_start_what_the_local_ones_start(self):
        for name, text in self.dockerfiles():
            local = (CHECKOUT / "tools/images" / name / "Dockerfile").read_text()
            for instruction in ("USER", "ENTRYPOINT", "CMD", "WORKDIR"):
                pattern = rf"^{instruction} .*$"
                self.assertEqual(re.findall(pattern, text, re.M), re.findall(pattern, local, re.M), name)


class Sources(Folders):
    def test_a_version_that_differs_is_refused(self):
        shutil.copytree(CHECKOUT / "charts", self.folder / "charts", symlinks=True)
        catalogue = self.folder / "operator/src/catalogue/releases.yaml"
        catalogue.parent.mkdir(parents=True)
        catalogue.write_text("- version: 9.9.9\n")
        (self.folder / "frontend").mkdir()
        site = self.folder / "frontend/package.json"
        site.write_text('{"version": "9.9.8"}')
        (self.folder / "Cargo.toml").write_text('[workspace.package]\nversion = "9.9.9"\n')
        with mock.patch.dict(os.environ, {"SOURCE_DATE_EPOCH": str(_EPOCH)}):
            with self.assertRaisesRegex(ReleaseError, "Chart.yaml: version is not 9.9.9"):
                source.read(self.folder, changes=True)
            about = self.folder / "charts/phasma-operator/Chart.yaml"
            about.write_text(re.sub(r"ersion: \d.*", "ersion: 9.9.9", about.read_text()))
            with self.assertRaisesRegex(ReleaseError, "package.json: version is not 9.9.9"):
                source.read(self.folder, changes=True)
            site.write_text('{"version": "9.9.9"}')
            self.assertEqual(source.read(self.folder, changes=True).epoch, _EPOCH)
            catalogue.write_text("- version: 9.9.8\n")
            with self.assertRaisesRegex(ReleaseError, "has no release 9.9.9"):
                source.read(self.folder, changes=True)


if __name__ == "__main__":
    unittest.main()
