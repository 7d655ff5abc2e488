"""Bare URLs are found by GitHub's rules, as its own renderer applies them."""

import pytest

from staycurrent.curated.document import parse
from tests.support.documents import addresses, rendered

LINES = """
https://a.example/x_ (https://a.example/(y)) https://a.example/z))
https://a.example/?q=c&hl; https://a.example/&hl;x &https://a.example
ftp://a.example HTTP://A.example hTTps://a.example htp://a.example
1https://a.example xhttps://a.example _https://a.example -https://a.example
http:// http://. http://a http://-a http://[::1]/
http://a_.b http://a.b_c http://_a.b.c http://a.b_.c/d http://a.b.c_d
www.a.example www. www.a xwww.a.example (www.a.example) -www.a.example
*www.a.example* _www.a.example_ ~~https://a.example~~ **https://a.example/x**y
https://a.example<br>x https://a.example/<i>
[https://a.example] [x [https://a.example ] https://b.example
\\[https://a.example ![x https://b.example
\\\\[https://a.example ] https://b.example
`https://a.example` https://b.example/`x`
https://a.example/a\\_b https://a.example/&amp;c "https://a.example"
a@b.example a+b.c-d_e@b-c.example a@b a@b.example. a@b.c1 a@b.example_ .@a.example
mailto:a@b.example xmpp:a@b.example xmailto:a@b.example a@b@c.example
https://münchen.example/ß https://a.example/ü。 https://。.example
地址https://a.example、www.a.example
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("shape", ["{}\n", "- {}\n", "> {}", "# {}\n", "x\n{}\ny\n", "**x** {}"])
def test_github_links_the_same_bare_urls(line: str, shape: str) -> None:
    text = shape.format(line)
    shown = addresses(rendered(text.encode()))
    ours = [occurrence.url for occurrence in parse(text.encode()).occurrences]
    assert sorted(ours) == sorted(shown)
