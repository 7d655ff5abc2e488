"""The host and the repository that a remote's address names."""

import pytest

from staycurrent.flows.publishing.git import parse_remote_url

GITHUB = ("https://github.com", "o/n")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("git@github.com:o/n.git", GITHUB),
        ("github.com:o/n", GITHUB),
        ("ssh://git@github.com/o/n.git", GITHUB),
        ("ssh://git@ssh.github.com:443/o/n.git", GITHUB),
        ("https://github.com/o/n", GITHUB),
        ("https://github.com/o/n.git/", GITHUB),
        ("https://x-access-token:secret@github.com/o/n.git", GITHUB),
        ("git://github.com/o/n.git", GITHUB),
        ("https://ghe.example.org:8443/o/n.js.git", ("https://ghe.example.org:8443", "o/n.js")),
        ("http://127.0.0.1:81/o/n.git", ("http://127.0.0.1:81", "o/n")),
        ("git@ghe.example.org:o/n.git", ("https://ghe.example.org", "o/n")),
        ("/srv/git/n.git", ("", "")),
        ("../n.git", ("", "")),
        ("file:///srv/o/n.git", ("", "")),
        ("https://gitlab.example/group/sub/n.git", ("", "")),
        ("https://github.com:port/o/n", ("", "")),
        ("https://[::1/o/n", ("", "")),
        ("git@github.com:o/n m.git", ("", "")),
    ],
)
def test_every_form_of_a_remote_url_is_parsed(url: str, found: tuple[str, str]) -> None:
    assert parse_remote_url(url) == found
