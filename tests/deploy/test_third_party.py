"""``THIRD_PARTY.md`` lists what the requirements pin."""

import re

from tests.deploy.files import PROJECT

REQUIREMENTS = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")


def test_each_pinned_package_has_a_line_with_its_version_its_licence_and_a_page() -> None:
    pinned = {
        pin
        for file in REQUIREMENTS
        for pin in re.findall(r"^([\w.-]+)==([^\s;\\]+)", (PROJECT / file).read_text(), re.MULTILINE)
    }
    assert len(pinned) > 100
    row = re.compile(r"^\| ([\w.-]+) \| (\S+) \| ([^|]+) \| <(https?://\S+)> \|$", re.MULTILINE)
    rows = row.findall((PROJECT / "THIRD_PARTY.md").read_text())
    assert {(name, version) for name, version, *_ in rows} == pinned, "run make notices"
    assert not [name for name, _, licence, _ in rows if licence.strip() in ("", "UNKNOWN")]
